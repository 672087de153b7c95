import type { Dialog, OptionRole, PromptOption } from "../../src/provider/definition.ts";

/**
 * Dialogs as they stand on screen. Functions and not patterns, because what is asked stands between
 * the conversation and the options without a border of its own.
 */

/** `│  Yes, allow      │`: the one that is marked is bold. */
const boxed = /^ ?│ +(\S.*?) +│$/;

export function readApproval(lines: readonly string[], bold: readonly boolean[]): Dialog | null {
  const box = lastBox(lines);
  if (!box) return null;
  const labels = lines.slice(box.from + 1, box.to).map((line) => boxed.exec(line)?.[1] ?? "");
  const shown = labels.filter((label) => label !== "");
  if (!shown.some((label) => label.startsWith("Yes")) || !shown.at(-1)?.startsWith("No"))
    return null;
  const text = askedAbove(lines, box.from);
  const untouched = bold[box.from + 1] === true;
  return {
    kind: "approval",
    text: text.join("\n"),
    acceptsText: false,
    subject:
      text.map((line) => /^↳ (.+)$/.exec(line)?.[1]).find((one) => one !== undefined) ?? null,
    options: shown.map((label, index): PromptOption => ({
      label,
      key: keysOf(roleOf(label), index, untouched),
      role: roleOf(label),
      reply: null,
    })),
  };
}

/**
 * Steps of the mark and Enter in one write may be taken for fewer steps, so none is made: Enter where
 * the mark still is, and Escape for no. What else the menu offers is for a person in the pane.
 */
function keysOf(role: OptionRole, index: number, untouched: boolean): string | null {
  if (role === "deny") return "Escape";
  return untouched && index === 0 ? "Enter" : null;
}

function roleOf(label: string): OptionRole {
  if (label.startsWith("Yes, and ")) return "allow_always";
  if (label.startsWith("Yes")) return "allow";
  return label.startsWith("No") ? "deny" : "other";
}

/** What is asked: from the head of the dialog, where it has one, else from the last empty line. */
function askedAbove(lines: readonly string[], to: number): string[] {
  const above = lines.slice(0, to);
  const several = above.findLastIndex((line) => /^ {2}Commands \(\d+\): /.test(line));
  const single = above.findLastIndex((line) => /^ {2}\S.* to approve\b|^\S.*: \([+-]/.test(line));
  const blank = above.findLastIndex((line) => line === "");
  const head = several === -1 ? single : several;
  const worker = head > 0 && /^ {2}Worker: /.test(above[head - 1] ?? "") ? head - 1 : head;
  return above
    .slice(worker === -1 ? blank + 1 : worker)
    .map((line) => line.replace(/^[│\s]+|[│\s]+$/g, ""))
    .filter((line) => line !== "" && !/^[╭╰─╮╯]+$/.test(line));
}

function lastBox(lines: readonly string[]): { readonly from: number; readonly to: number } | null {
  const to = lines.findLastIndex((line) => /^ ?╰─+╯$/.test(line));
  const from = lines.findLastIndex((line, index) => index < to && /^ ?╭─+╮$/.test(line));
  return to === -1 || from === -1 ? null : { from, to };
}

/** A question; of several the one that is open. A digit answers at once. */
export function readQuestion(lines: readonly string[]): Dialog | null {
  const foot = lines.findLastIndex((line) => line.endsWith("ESC stop agent"));
  const options: PromptOption[] = [];
  let first = foot;
  for (let index = foot - 1; index >= 0; index--) {
    const match = /^ {3}(\d)\. (.+)$/.exec(lines[index] ?? "");
    if (!match) continue;
    first = index;
    options.unshift({
      label: (match[2] ?? "").trim(),
      key: match[1] ?? "",
      role: "other",
      reply: null,
    });
    if (match[1] === "1") break;
  }
  if (options.length === 0) return null;
  const asked: string[] = [];
  for (let index = first - 1; index >= 0; index--) {
    const line = lines[index] ?? "";
    if (line === "" && asked.length === 0) continue;
    if (!/^ {3}\S/.test(line) || /^ {3}Hooks /.test(line)) break;
    asked.unshift(line.trim());
  }
  return { kind: "question", text: asked.join("\n"), options, acceptsText: true, subject: null };
}

/**
 * What to do with a specification that stands above in full, and then how far to go unasked with it:
 * one menu follows the other.
 */
export function readPlan(lines: readonly string[]): Dialog | null {
  const box = lastBox(lines);
  if (!box) return null;
  const options = lines.slice(box.from + 1, box.to).flatMap((line): PromptOption[] => {
    const match = /^ │ (\d)\. (.*?) +│$/.exec(line);
    if (!match) return [];
    const label = match[2] ?? "";
    return [{ label, key: match[1] ?? "", role: planRoleOf(label), reply: null }];
  });
  if (options.length === 0) return null;
  const head = lines.findLastIndex(
    (line, index) => index < box.from && /^ {3}Propose Spec/.test(line),
  );
  const shown = lines.slice(head === -1 ? box.from - 1 : head, box.from);
  const hook = shown.findIndex((line) => line.startsWith("   Hooks "));
  const text = (hook === -1 ? shown : shown.slice(0, hook))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^─+$/.test(line) && !line.startsWith("Will save to: "));
  return { kind: "plan", text: text.join("\n"), options, acceptsText: false, subject: null };
}

/** The one that changes nothing besides. */
function planRoleOf(label: string): OptionRole {
  if (/^Proceed with (?:the proposal|Manual Approvals)$/.test(label)) return "allow";
  return label.startsWith("No") ? "deny" : "other";
}
