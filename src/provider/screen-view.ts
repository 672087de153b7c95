import { parseLines, type StyledLine } from "./ansi.ts";
import type { Match, Region, ScreenFacts } from "./definition.ts";
import type { Extent, Regions } from "./extent.ts";
import { matches } from "./pattern.ts";
import { readComposer, type FoundComposer } from "./read-composer.ts";

/** What the engine reads: a captured screen fits. */
export interface Screen {
  /** Rows from the top, with SGR escapes. */
  readonly lines: readonly string[];
  readonly title: string;
  /** Row and column from 0; on the last line that is not empty where it is not known. */
  readonly cursor?: { readonly x: number; readonly y: number };
  /** Columns; where they are not known no line runs over the edge. */
  readonly cols?: number;
}

/** More rows than any pane has that agentpool opens; a bound for what a caller may hand in. */
const maxRows = 500;

/** One screen, parsed once, with the regions and the composer that were asked for so far. */
export class ScreenView implements Regions {
  readonly facts: ScreenFacts;
  readonly lines: readonly StyledLine[];
  readonly cursorLine: number;
  readonly cols: number | undefined;
  readonly #title: readonly StyledLine[];
  readonly #regions = new Map<Region, Extent | undefined>();
  #composer: FoundComposer | null | undefined;

  constructor(facts: ScreenFacts, screen: Screen) {
    this.facts = facts;
    const skipped = Math.max(0, screen.lines.length - maxRows);
    const lines = parseLines(screen.lines.slice(skipped));
    let count = lines.length;
    while (count > 0 && lines[count - 1]?.text === "") count -= 1;
    this.lines = count === lines.length ? lines : lines.slice(0, count);
    this.cursorLine = screen.cursor ? screen.cursor.y - skipped : this.lines.length - 1;
    this.cols = screen.cols;
    this.#title = parseLines([screen.title]);
  }

  /** The input line, wherever it stands; null when it is not on screen. */
  get composer(): FoundComposer | null {
    if (this.#composer === undefined) this.#composer = readComposer(this, this.facts.composer);
    return this.#composer;
  }

  /**
   * What a line-oriented program was told last, while it has not asked for more since: the cursor
   * stands below it. Undefined when it asks, or was told nothing that is still on the screen.
   */
  get unfinished(): string | undefined {
    const { composer } = this.facts;
    if (composer.atCursor !== true || this.composer) return undefined;
    const above = this.lines.slice(0, Math.max(0, this.cursorLine));
    return above.findLast((line) => matches(composer.line, line.text))?.text;
  }

  /** A part of the screen; undefined when it is not there at all. */
  region(region: Region): Extent | undefined {
    if (this.#regions.has(region)) return this.#regions.get(region);
    const found = this.#find(region);
    this.#regions.set(region, found);
    return found;
  }

  #find(region: Region): Extent | undefined {
    const { lines } = this;
    const end = lines.length;
    if (region === "screen") return { lines, from: 0, to: end };
    if (region === "title") return { lines: this.#title, from: 0, to: 1 };
    if (region === "turn") return this.#turn();
    if ("lastLines" in region) return { lines, from: Math.max(0, end - region.lastLines), to: end };
    if ("fromLast" in region) {
      const from = lines.findLastIndex((line) => matches(region.fromLast, line.text));
      return from === -1 ? undefined : { lines, from, to: end };
    }
    const last = lines.findLastIndex((line) => matches(region.lastRun, line.text));
    if (last === -1) return undefined;
    const gap = lines.findLastIndex(
      (line, index) => index < last && !matches(region.lastRun, line.text),
    );
    return { lines, from: gap + 1, to: last + 1 };
  }

  #turn(): Extent {
    const { lines } = this;
    const to = this.composer?.from ?? lines.length;
    const { submitted } = this.facts;
    if (submitted === undefined) return { lines, from: 0, to };
    const prompt = lines.findLastIndex(
      (line, index) => index < to && matches(submitted, line.text),
    );
    return { lines, from: prompt + 1, to };
  }
}

/** The text that makes the match hold, undefined when it does not; "" when nothing had to be there. */
export function evaluate(view: ScreenView, extent: Extent, match: Match): string | undefined {
  if ("contains" in match) {
    return findLine(extent, (text) => text.includes(match.contains));
  }
  if ("regex" in match) return findLine(extent, (text) => matches(match.regex, text));
  if ("not" in match) return evaluate(view, extent, match.not) === undefined ? "" : undefined;
  if ("within" in match) {
    const part = view.region(match.within);
    return part && evaluate(view, part, match.match);
  }
  if ("any" in match) {
    for (const one of match.any) {
      const evidence = evaluate(view, extent, one);
      if (evidence !== undefined) return evidence;
    }
    return undefined;
  }
  let first = "";
  for (const one of match.all) {
    const evidence = evaluate(view, extent, one);
    if (evidence === undefined) return undefined;
    if (first === "") first = evidence;
  }
  return first;
}

function findLine(extent: Extent, fits: (text: string) => boolean): string | undefined {
  for (let index = extent.to - 1; index >= extent.from; index--) {
    const text = extent.lines[index]?.text;
    if (text !== undefined && fits(text)) return text.trim();
  }
  return undefined;
}
