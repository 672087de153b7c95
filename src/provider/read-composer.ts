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

/** Finds the input line and what somebody typed into it; null when it is not on screen. */
export function readComposer(view: Regions, rule: ComposerRule): FoundComposer | null {
  // the region `turn` is defined by the composer, so it cannot hold it
  const extent = view.region(rule.region === "turn" ? "screen" : rule.region);
  if (!extent) return null;
  const from = findFirst(extent, rule);
  if (from === -1) return null;
  const to = findEnd(extent, rule, from);
  if (to === undefined) return null;

  const typed: string[] = [];
  const shown: string[] = [];
  for (let index = from; index < to; index++) {
    const line = extent.lines[index];
    if (!line) continue;
    const part = inputOf(line, index === from ? rule.line : (rule.more ?? indented));
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
    line: guardLine(view, rule) ?? extent.lines[from]?.raw.trim() ?? "",
  };
}

function findFirst(extent: Extent, rule: ComposerRule): number {
  const fits = (index: number): boolean => {
    const line = extent.lines[index];
    if (!line || !matches(rule.line, line.text)) return false;
    return rule.above === undefined || matches(rule.above, textAt(extent, index - 1));
  };
  if (typeof rule.region === "object" && "lastRun" in rule.region) {
    for (let index = extent.from; index < extent.to; index++) if (fits(index)) return index;
    return -1;
  }
  for (let index = extent.to - 1; index >= extent.from; index--) if (fits(index)) return index;
  return -1;
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
