import type { Dialog, OptionRole, PromptOption } from "../../src/provider/definition.ts";

/**
 * Dialogs as they stand on screen. Functions and not patterns, because a panel with changed files
 * may take the right part of every line, and because a dialog must read the same while a person
 * moves in it.
 */

const border = /^─{3}/;

/** ` ❯ 1. Yes`: the marked one has the arrow. */
const optionLine = /^ {0,4}[❯ ] (\d)\. (.*)$/;

export function readApproval(shown: readonly string[]): Dialog | null {
  const lines = withoutPanel(shown);
  const asks = lines.findLastIndex((line) => line.startsWith(" Do you want to "));
  const start = lines.findLastIndex((line, index) => index < asks && border.test(line)) + 1;
  const options = readOptions(lines.slice(asks), (label): OptionRole => {
    if (label === "Yes") return "allow";
    // another mode for all that follows is more than an answer to this
    if (/^Yes, and (?!switch to auto mode)/.test(label)) return "allow_always";
    return label.startsWith("No") ? "deny" : "other";
  });
  if (asks === -1 || options.length === 0) return null;
  const text = lines
    .slice(start, asks + 1)
    .filter((line) => !line.startsWith(" Tip: ") && !/^[╌\s]*$/.test(line))
    .map((line) => line.trim());
  return {
    kind: "approval",
    text: text.join("\n"),
    options,
    acceptsText: false,
    subject: /^Do you want to \w+(?: this edit to)? (.+)\?$/.exec(text.at(-1) ?? "")?.[1] ?? null,
  };
}

/**
 * A question; of several the one that is open. Then, and where more than one answer may be chosen, a
 * digit does not answer, and the keys are left out.
 */
export function readQuestion(shown: readonly string[]): Dialog | null {
  const lines = withoutPanel(shown);
  const head = lines[0] ?? "";
  const titles = [...head.matchAll(/[☐☒] (.+?)(?= {2}|$)/g)].map((match) => match[1] ?? "");
  if (titles.length > 1) {
    return {
      kind: "question",
      text: titles.join(", "),
      options: [],
      acceptsText: true,
      subject: null,
    };
  }
  const first = lines.findIndex((line) => optionLine.test(line));
  if (first === -1) return null;
  const question = lines.slice(1, first).map((line) => line.trim());
  const rule = lines.findIndex((line, index) => index > first && border.test(line));
  const end = rule === -1 ? lines.length : rule;
  const several = lines.some((line) => /^[❯ ] \d\. \[.\] /.test(line));
  // the last one above the rule is the place for an answer in words, whatever stands there now
  const choices = readOptions(lines.slice(first, end), () => "other").slice(0, -1);
  const others = readOptions(lines.slice(end), () => "other");
  return {
    kind: "question",
    text: question.filter((line) => line !== "").join("\n"),
    options: several
      ? choices.map((one) => ({ ...one, label: one.label.replace(/^\[.\] /, ""), key: null }))
      : [...choices, ...others],
    acceptsText: true,
    subject: null,
  };
}

export function readPlan(shown: readonly string[]): Dialog | null {
  const lines = withoutPanel(shown);
  const first = lines.findLastIndex((line) => /^ {3,4}[❯ ] 1\. /.test(line));
  const options = readOptions(lines.slice(first), (label) => {
    if (/^Yes(?!.*\bauto mode\b)/.test(label)) return "allow";
    return label === "No" ? "deny" : "other";
  });
  if (first === -1 || options.length === 0) return null;
  const start = lines.findLastIndex((line, index) => index < first && /^▔{3}/.test(line)) + 1;
  const text = lines
    .slice(start, first)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[─╌]+$/.test(line));
  return { kind: "plan", text: text.join("\n"), options, acceptsText: false, subject: null };
}

/** The numbered lines up to the first gap in their numbers; a label may go on in the next line. */
function readOptions(
  lines: readonly string[],
  roleOf: (label: string) => OptionRole,
): PromptOption[] {
  const found: { key: string; label: string; open: boolean }[] = [];
  for (const line of lines) {
    const match = optionLine.exec(line);
    const last = found.at(-1);
    if (match) {
      const key = match[1] ?? "";
      if (last && Number(key) !== Number(last.key) + 1) break;
      found.push({ key, label: (match[2] ?? "").trim(), open: line.length >= wrapsAt });
    } else if (last?.open === true && /^ {5,8}\S/.test(line)) {
      last.label += ` ${line.trim()}`;
      last.open = line.length >= wrapsAt;
    } else if (last) {
      last.open = false;
    }
  }
  return found.map(({ key, label }) => ({ label, key, role: roleOf(label), reply: null }));
}

/** A shorter line was not broken; what stands under it is its description. */
const wrapsAt = 60;

/** Lines without the panel that may stand beside them: a column of bars down the screen. */
function withoutPanel(lines: readonly string[]): string[] {
  const bars = new Map<number, number>();
  for (const line of lines) {
    const at = line.indexOf("│");
    if (at >= 40) bars.set(at, (bars.get(at) ?? 0) + 1);
  }
  const [column, count] = [...bars].toSorted((a, b) => b[1] - a[1])[0] ?? [-1, 0];
  const ruled = lines.filter((line) => border.test(line)).length;
  const isPanel = count >= 3 && count >= (lines.length - ruled) * 0.8;
  return isPanel ? lines.map((line) => cutAt(line, column)) : [...lines];
}

function cutAt(line: string, column: number): string {
  return line.charAt(column) === "│" ? line.slice(0, column).trimEnd() : line;
}
