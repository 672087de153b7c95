import type { Dialog, OptionRole } from "../../src/provider/definition.ts";

/** `│ ❯ 1. Yes   │`: the marked one has the arrow. */
const optionLine = /^[❯ ] (\d)\. (.*)$/;

/**
 * What asks for permission, from its box. Whichever option means no opens a line for words; Escape
 * says no by itself, and ends the turn.
 */
export function readPermissionBox(shown: readonly string[]): Dialog | null {
  const lines = shown.map((line) => line.replace(/^│ ?/, "").replace(/ *│$/, ""));
  const first = lines.findLastIndex((line) => /^[❯ ] 1\. /.test(line));
  const end = lines.findLastIndex((line) => line.startsWith("↑/↓ to navigate"));
  if (first === -1 || end < first) return null;
  const options: { key: string; label: string }[] = [];
  for (const line of lines.slice(first, end)) {
    const [, key, label] = optionLine.exec(line) ?? [];
    const last = options.at(-1);
    if (key !== undefined && label !== undefined) options.push({ key, label: label.trim() });
    else if (last && /^ {5}\S/.test(line)) last.label += ` ${line.trim()}`;
  }
  const text = lines.slice(0, first).map((line) => line.replace(/^[╭│╰─╮╯ ]+|[╭│╰─╮╯ ]+$/g, ""));
  const said = text.filter((line) => line !== "");
  return {
    kind: "approval",
    text: said.join("\n"),
    subject: subjectOf(shown),
    acceptsText: false,
    options: options.map(({ key, label }) => {
      const role = roleOf(label);
      return { label, key: role === "deny" ? "Escape" : key, role, reply: null };
    }),
  };
}

/** The command or path in the inner box, or the file that the question names. */
function subjectOf(shown: readonly string[]): string | null {
  for (const line of shown) {
    const found =
      /^│ │ (\S.*?) *│ │$/.exec(line) ?? /^│ Do you want to \w+ (\/.+)\? *│$/.exec(line);
    if (found?.[1] !== undefined) return found[1];
  }
  return null;
}

function roleOf(label: string): OptionRole {
  if (label === "Yes") return "allow";
  if (/^Yes\b/.test(label)) return "allow_always";
  return /^No\b/.test(label) ? "deny" : "other";
}
