import type { Dialog } from "../../src/provider/definition.ts";

/** ` ❯ red`: the marked value of the field that is open has the arrow. */
const valueLine = /^ [❯ ] (\S.*)$/;

/** Its own place for an answer in words, under the values. */
const ownAnswer = "Other (type your answer)";

/**
 * The form of a question. One field with values is a menu: its answers are reached by arrows from
 * the mark. What has another field, or none with values, is left to a person.
 */
export function readForm(lines: readonly string[]): Dialog | null {
  const end = lines.findIndex((line) => /^ (?:↑\/↓ select · )?enter accept · /.test(line));
  if (end === -1) return null;
  const shown = lines.slice(1, end);
  const fields = shown.filter((line) => /^ \S.*:\*?$/.test(line));
  const field = shown.findIndex((line) => /^ \S.*:\*?$/.test(line));
  const question = (field === -1 ? shown : shown.slice(0, field)).map((line) => line.trim());
  const values = field === -1 ? [] : shown.slice(field + 1).filter((line) => valueLine.test(line));
  const marked = values.findIndex((line) => line.startsWith(" ❯"));
  // a form of several fields shows them one at a time, and says how to get to the next
  const hasMore = / · tab next · /.test(lines[end] ?? "");
  const isMenu = fields.length === 1 && marked !== -1 && !hasMore;
  return {
    kind: "question",
    text: question.filter((line) => line !== "").join("\n"),
    subject: null,
    acceptsText: false,
    options: (isMenu ? values : [])
      .map((line, index) => ({ label: valueLine.exec(line)?.[1]?.trim() ?? "", index }))
      .filter(({ label }) => label !== ownAnswer)
      .map(({ label, index }) => ({
        label,
        key: keysTo(index - marked),
        role: "other" as const,
        reply: null,
      })),
  };
}

function keysTo(steps: number): string {
  const key = steps > 0 ? "Down" : "Up";
  return [...Array.from({ length: Math.abs(steps) }, () => key), "Enter"].join(" ");
}
