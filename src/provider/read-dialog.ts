import type { Dialog, PromptOption } from "../domain/prompt.ts";
import type { DialogRule } from "./definition.ts";
import { textAt, type Extent } from "./extent.ts";
import { keyFromScreen } from "./keys.ts";
import { findMatch, findMatches, matches } from "./pattern.ts";

export interface FoundDialog {
  readonly dialog: Dialog;
  /**
   * Lines that tell this dialog from any other while it is on screen: the question and each
   * option, as the terminal holds them, without what moves (selection mark, clock, spinner).
   */
  readonly dialogLines: readonly string[];
  /** The line of the extent in which its last option, or its question, stands. */
  readonly lastLine: number;
}

const maxTextLength = 4_000;
const maxGuardLength = 160;
const maxTextGuards = 5;

/**
 * Reads the dialog a rule has found. Where no option can be read the dialog has none: it is still
 * there and waits for somebody. A reason is returned only where the rule's own `parse` finds none
 * or fails.
 * @param evidence the line that made the rule match, for a question that cannot be found
 */
export function readDialog(
  rule: DialogRule,
  extent: Extent,
  evidence: string,
): FoundDialog | { readonly why: string } {
  if (rule.parse) return readWith(rule.parse, extent);
  const from = indexOf(extent, extent.from, (text) => matches(rule.from, text));
  const begin = from === -1 ? extent.from : from;
  const { until } = rule;
  const last =
    until === undefined ? -1 : lastIndexOf(extent, begin + 1, (text) => matches(until, text));
  const end = last === -1 ? extent.to : last;

  const found = lastList(readOptions(rule, extent, begin, end));
  const firstOption = found[0]?.line ?? end;
  const question = questionLines(rule, extent, begin, firstOption);
  const text = from === -1 ? evidence : question.map((line) => line.text).join("\n");
  const marked = markedOption(rule, extent, found);
  return {
    dialog: {
      kind: rule.kind,
      text: text.slice(0, maxTextLength),
      options: found.map((option, index) => toOption(rule, option, index, marked)),
      acceptsText: rule.acceptsText ?? false,
      subject: subjectOf(rule, extent, begin, firstOption),
    },
    dialogLines: unique([
      ...(from === -1 ? [evidence] : guardsOf(question.map((line) => line.raw))),
      ...found.map((option, index) => {
        // keys that move a mark are only right while the mark is where it was
        const usesMark = index === marked && option.key === null;
        return usesMark ? (extent.lines[option.line]?.raw.trim() ?? option.raw) : option.raw;
      }),
    ]),
    lastLine: found.at(-1)?.line ?? Math.max(begin, firstOption - 1),
  };
}

interface FoundOption {
  readonly line: number;
  readonly label: string;
  readonly key: string | null;
  /** Key and label as the terminal holds them. */
  readonly raw: string;
}

interface QuestionLine {
  readonly text: string;
  readonly raw: string;
}

function readOptions(rule: DialogRule, extent: Extent, begin: number, end: number): FoundOption[] {
  const found: FoundOption[] = [];
  for (let line = begin; line < end; line++) {
    const text = textAt(extent, line);
    const matched = findMatches(rule.option, text)
      .map((match) => optionAt(extent, line, match))
      .filter((option) => option !== undefined);
    if (matched.length > 0) {
      found.push(...matched);
      continue;
    }
    const before = found.at(-1);
    const goesOn =
      rule.continuation !== undefined && before !== undefined && before.line >= line - 3
        ? findMatch(rule.continuation, text)?.[1]?.trim()
        : undefined;
    if (before && goesOn) {
      found[found.length - 1] = { ...before, label: `${before.label} ${goesOn}` };
    }
  }
  return found;
}

function optionAt(extent: Extent, line: number, match: RegExpExecArray): FoundOption | undefined {
  const label = match.groups?.["label"]?.trim() ?? "";
  if (label === "") return undefined;
  const key = match.groups?.["key"];
  const places = [match.indices?.groups?.["key"], match.indices?.groups?.["label"]].filter(
    (place) => place !== undefined,
  );
  const from = Math.min(...places.map((place) => place[0]));
  const to = Math.max(...places.map((place) => place[1]));
  const whole = extent.lines[line]?.raw ?? label;
  const raw = whole.slice(from, /[)\]}]/.test(whole.charAt(to)) ? to + 1 : to).trim();
  return { line, label, key: key === undefined ? null : keyFromScreen(key), raw };
}

/**
 * The question may quote a numbered list (a plan, a command that prints one); the dialog's own
 * options are the list that begins last.
 */
function lastList(options: readonly FoundOption[]): readonly FoundOption[] {
  let start = 0;
  for (let index = 1; index < options.length; index++) {
    const key = options[index]?.key ?? "";
    const before = options[index - 1]?.key ?? "";
    if (/^\d$/.test(key) && /^\d$/.test(before) && Number(key) <= Number(before)) start = index;
  }
  return options.slice(start);
}

function toOption(
  rule: DialogRule,
  found: FoundOption,
  index: number,
  marked: number,
): PromptOption {
  const role = rule.roles.find((entry) => matches(entry.label, found.label))?.role ?? "other";
  const key = found.key ?? menuKeys(rule, index, marked) ?? rule.keys?.[role] ?? null;
  return { label: found.label, key, role, reply: null };
}

function markedOption(rule: DialogRule, extent: Extent, options: readonly FoundOption[]): number {
  const { menu } = rule;
  if (!menu) return -1;
  return options.findIndex((option) => matches(menu.marked, textAt(extent, option.line)));
}

function menuKeys(rule: DialogRule, index: number, marked: number): string | undefined {
  const { menu } = rule;
  if (!menu || marked === -1) return undefined;
  const steps = Math.abs(index - marked);
  const step = index > marked ? menu.next : menu.previous;
  return [...Array.from({ length: steps }, () => step), menu.confirm].join(" ");
}

function questionLines(rule: DialogRule, extent: Extent, from: number, to: number): QuestionLine[] {
  const lines: QuestionLine[] = [];
  for (let index = from; index < to; index++) {
    const line = extent.lines[index];
    if (!line || (rule.ignore !== undefined && matches(rule.ignore, line.text))) continue;
    const text = withoutBorder(line.text);
    if (text !== "") lines.push({ text, raw: withoutBorder(line.raw) });
  }
  return lines;
}

/** Removes what boxes are drawn with; a line of nothing else becomes empty. */
function withoutBorder(text: string): string {
  return text.replace(/^[\s\u2500-\u259f|]+/, "").replace(/[\s\u2500-\u259f|]+$/, "");
}

function subjectOf(rule: DialogRule, extent: Extent, from: number, to: number): string | null {
  if (rule.subject === undefined) return null;
  for (let index = from; index < to; index++) {
    const subject = findMatch(rule.subject, textAt(extent, index))?.[1]?.trim();
    if (subject !== undefined && subject !== "") return subject;
  }
  return null;
}

/** A spinner or a time: there now, gone in a second. */
const moving =
  /[\u2800-\u28ff]|\b\d+(?:\.\d+)?\s?(?:ms|s|sec|secs|seconds|m|min|h)\b|\b\d{1,2}:\d{2}\b/;

/** The first line and the last ones: what is asked and about what. */
function guardsOf(lines: readonly string[]): string[] {
  const still = lines.filter((line) => !moving.test(line));
  if (still.length <= maxTextGuards) return still;
  return [...still.slice(0, 1), ...still.slice(1 - maxTextGuards)];
}

function unique(lines: readonly string[]): string[] {
  const cut = lines.map((line) => line.slice(0, maxGuardLength).trim());
  return [...new Set(cut)].filter((line) => line !== "");
}

function readWith(
  parse: NonNullable<DialogRule["parse"]>,
  extent: Extent,
): FoundDialog | { readonly why: string } {
  const shown = extent.lines.slice(extent.from, extent.to);
  let dialog: Dialog | null;
  try {
    dialog = parse(
      shown.map((line) => line.text),
      shown.map(({ text, spans }) =>
        spans.some(({ bold, from, to }) => bold && text.slice(from, to).trim() !== ""),
      ),
    );
  } catch (thrown) {
    return {
      why: `its parser failed: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    };
  }
  if (!dialog) return { why: "its parser found no dialog" };
  const lineOf = (text: string): number => shown.findLastIndex((line) => line.text.includes(text));
  /** As the terminal holds it, where blanks may be of another kind. */
  const rawOf = (text: string): string => {
    const line = shown[lineOf(text)];
    const at = line?.text.indexOf(text) ?? 0;
    return line?.raw.slice(at, at + text.length) ?? text;
  };
  const question = dialog.text.split("\n").filter((line) => line !== "" && lineOf(line) !== -1);
  const labels = dialog.options.map((option) => option.label).filter((text) => lineOf(text) !== -1);
  const last = Math.max(0, ...[...question, ...labels].map(lineOf));
  return {
    dialog,
    dialogLines: unique([...guardsOf(question.map(rawOf)), ...labels.map(rawOf)]),
    lastLine: extent.from + last,
  };
}

function indexOf(extent: Extent, from: number, fits: (text: string) => boolean): number {
  for (let index = from; index < extent.to; index++) if (fits(textAt(extent, index))) return index;
  return -1;
}

function lastIndexOf(extent: Extent, from: number, fits: (text: string) => boolean): number {
  for (let index = extent.to - 1; index >= from; index--) {
    if (fits(textAt(extent, index))) return index;
  }
  return -1;
}
