import { characterWidth } from "../domain/character-width.ts";
import type { Composer } from "../domain/observation.ts";
import { withoutDim, type StyledLine } from "./ansi.ts";
import type { ComposerRule, Pattern } from "./definition.ts";
import { textAt, type Extent, type Regions } from "./extent.ts";
import { findMatch, matches } from "./pattern.ts";

export interface FoundComposer extends Composer {
  /** Its first line in the view. */
  readonly from: number;
}

/** The indentation that agents give to the second and further lines of an input. */
const indented = /^ {2}(.*)$/;
const whole = /^(.*)$/;

/** Finds the input line and what somebody typed into it; null when it is not on screen. */
export function readComposer(view: Regions, rule: ComposerRule): FoundComposer | null {
  // the region `turn` is defined by the composer, so it cannot hold it
  const extent = view.region(rule.region === "turn" ? "screen" : rule.region);
  if (!extent) return null;
  const found = rule.atCursor === true ? findAtCursor(view, extent, rule) : findInput(extent, rule);
  if (!found) return null;
  const { from, to } = found;
  const more = rule.more ?? (rule.atCursor === true ? whole : indented);

  const typed: string[] = [];
  const shown: string[] = [];
  for (let index = from; index < to; index++) {
    const line = extent.lines[index];
    if (!line) continue;
    const part = inputOf(line, index === from ? rule.line : more);
    typed.push(withoutDim(line, part.from, part.to).trimEnd());
    shown.push(line.text.slice(part.from, part.to).trimEnd());
  }
  const raw = shown.join("\n").trim();
  const isHint = (rule.placeholders ?? []).some((pattern) => matches(pattern, raw));
  const { pastePlaceholder } = rule;
  return {
    from,
    draft: isHint ? "" : withoutEmptyEnds(typed),
    pastePlaceholder:
      pastePlaceholder !== undefined && shown.some((text) => matches(pastePlaceholder, text)),
    ...hiddenLines(extent, rule, from),
    line: guardLine(view, rule) ?? extent.lines[from]?.raw.trim() ?? "",
  };
}

/** The line the cursor stands in, together with those that ran over the edge into each other. */
function findAtCursor(
  view: Regions,
  extent: Extent,
  rule: ComposerRule,
): { readonly from: number; readonly to: number } | undefined {
  const runsOver = (index: number): boolean => {
    const line = extent.lines[index];
    return view.cols !== undefined && line !== undefined && widthOf(line.text) >= view.cols;
  };
  let from = view.cursorLine;
  while (from > extent.from && !matches(rule.line, textAt(extent, from)) && runsOver(from - 1)) {
    from -= 1;
  }
  if (from < extent.from || from >= extent.to || !matches(rule.line, textAt(extent, from))) {
    return undefined;
  }
  let to = Math.max(from, view.cursorLine) + 1;
  while (to < extent.to && runsOver(to - 1)) to += 1;
  return { from, to };
}

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function hiddenLines(
  extent: Extent,
  { hidden }: ComposerRule,
  from: number,
): { readonly hiddenLines?: number } {
  const count = hidden && findMatch(hidden, textAt(extent, from - 1))?.[1];
  return count === undefined ? {} : { hiddenLines: Number(count) };
}

/** A line that fits and has no end below it is none: a footer may look like an input. */
function findInput(
  extent: Extent,
  rule: ComposerRule,
): { readonly from: number; readonly to: number } | undefined {
  const inBox = typeof rule.region === "object" && "lastRun" in rule.region;
  const count = extent.to - extent.from;
  for (let step = 0; step < count; step++) {
    const from = inBox ? extent.from + step : extent.to - 1 - step;
    if (!matches(rule.line, textAt(extent, from))) continue;
    if (rule.above !== undefined && !matches(rule.above, textAt(extent, from - 1))) continue;
    const to = findEnd(extent, rule, from);
    if (to !== undefined) return { from, to };
  }
  return undefined;
}

/** The line after the input, undefined when what must stand under it does not. */
function findEnd(extent: Extent, rule: ComposerRule, from: number): number | undefined {
  const { until, more } = rule;
  if (until === undefined) {
    let end = from + 1;
    while (end < extent.to && continues(extent.lines[end], more ?? indented)) end += 1;
    return end;
  }
  for (let index = extent.to - 1; index > from; index--) {
    if (matches(until, textAt(extent, index))) return index;
  }
  return undefined;
}

function continues(line: StyledLine | undefined, more: Pattern): boolean {
  return line !== undefined && line.text !== "" && matches(more, line.text);
}

function inputOf(
  line: StyledLine,
  pattern: Pattern,
): { readonly from: number; readonly to: number } {
  const match = findMatch(pattern, line.text);
  if (!match) return { from: 0, to: line.text.length };
  const [from, to] = match.indices?.[1] ?? [line.text.length, line.text.length];
  return { from, to };
}

function withoutEmptyEnds(lines: readonly string[]): string {
  const first = lines.findIndex((line) => line.trim() !== "");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  if (first === -1) return "";
  // what stands before the first character is the composer's own padding
  return lines
    .slice(first, last + 1)
    .join("\n")
    .trimStart();
}

function guardLine(view: Regions, rule: ComposerRule): string | undefined {
  const { guard } = rule;
  if (guard === undefined) return undefined;
  const line = view.lines.findLast((candidate) => matches(guard, candidate.text));
  const match = line && findMatch(guard, line.text);
  if (!line || !match) return undefined;
  const [from, to] = match.indices?.[1] ?? [0, line.raw.length];
  return line.raw.slice(from, to).trim();
}
