import type { Dialog, OptionRole, PromptOption } from "../../src/provider/definition.ts";

/**
 * Dialogs as they stand on screen. Functions and not patterns, because what is asked stands between
 * the conversation and the options without a border of its own.
 */

/** `❭ 1 Yes  (Approve once)`: the marked one has the arrow, each its digit. */
const numbered = /^[❭·] (\d) (\S.*)$/;

/** A menu about a call or a plan, at the end of the screen. A digit chooses at once. */
export function readApproval(lines: readonly string[]): Dialog | null {
  const foot = lines.findLastIndex((line) => line.startsWith("↑↓ select · ↵ confirm"));
  const options: PromptOption[] = [];
  let first = foot;
  while (first > 0 && options[0]?.key !== "1") {
    const match = numbered.exec(lines[first - 1] ?? "");
    // below the options there may be an empty line, between them there is none
    if (!match && (options.length > 0 || lines[first - 1] !== "")) break;
    first--;
    if (!match) continue;
    const label = (match[2] ?? "").replace(/ {2,}\(.*\)$/, "");
    options.unshift({ label, key: match[1] ?? "", role: roleOf(label), reply: null });
  }
  if (options[0]?.key !== "1") return null;
  const text = askedAbove(lines, first);
  const plan = text[0] === "Starting implementation";
  return {
    kind: plan ? "plan" : "approval",
    text: text.join("\n"),
    acceptsText: false,
    subject: subjectOf(text),
    // each way of consenting to a plan turns off questions besides
    options: plan
      ? options.map((option) => (option.role === "deny" ? option : { ...option, role: "other" }))
      : options,
  };
}

function roleOf(label: string): OptionRole {
  if (label === "Yes") return "allow";
  if (label === "No") return "deny";
  return label.startsWith("Yes, ") && label.includes("allow") ? "allow_always" : "other";
}

/** `⏺ Running command` and what hangs on it. */
function askedAbove(lines: readonly string[], to: number): string[] {
  const above = lines.slice(0, to);
  const head = above.findLastIndex((line) => /^ ⏺ \S/.test(line));
  return above
    .slice(head === -1 ? Math.max(0, to - 1) : head)
    .map((line) => line.replace(/^ *[⏺│└] ?/, ""))
    .filter((line) => line.trim() !== "" && !line.startsWith("Session: "));
}

function subjectOf([head = "", ...rest]: readonly string[]): string | null {
  const command = rest.map((line) => /^\$ (.+)$/.exec(line)?.[1]).find((one) => one !== undefined);
  return command ?? /^(?:Writing|Editing|Reading|Deleting) (\S.*)$/.exec(head)?.[1] ?? null;
}

/** A question; of several the one that is open. While a person types into it, there are no digits. */
export function readQuestion(lines: readonly string[]): Dialog | null {
  const head = lines.findLastIndex((line) => /^── \S.* ─+$/.test(line));
  const foot = lines.findIndex((line, index) => index > head && /^─{20,}$/.test(line));
  if (head === -1 || foot === -1) return null;
  const shown = lines.slice(head + 1, foot);
  const rows = shown.map((line) => /^ {2}[❭·] (?:(\d) )? *(\S.*)$/.exec(line));
  const first = rows.findIndex((row) => row !== null);
  if (first === -1) return null;
  return {
    kind: "question",
    text: shown
      .slice(0, first)
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .join("\n"),
    subject: null,
    acceptsText: false,
    options: rows.flatMap((row): PromptOption[] => {
      const label = row?.[2] ?? "";
      if (!row || label.startsWith("Other (")) return [];
      return [{ label, key: row[1] ?? null, role: "other", reply: null }];
    }),
  };
}
