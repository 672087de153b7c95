import type { PasteLimit } from "../terminal.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Looked at beyond a cut, to see whether a character goes on there. */
const lookaheadUnits = 64;

/**
 * A text in pieces that each keep the limit; joined they are the text. What is drawn as one
 * character stays in one piece, unless it alone is longer than a piece.
 */
export function pastePieces(text: string, limit: PasteLimit): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const to = endOfPiece(text, from, limit);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

function endOfPiece(text: string, from: number, limit: PasteLimit): number {
  const longest = Math.min(text.length, from + limit.characters);
  const ends = lineEnds(text, from, { until: longest, count: limit.lines });
  if (longest === text.length && ends.length < limit.lines) return longest;
  // what follows the last line end is a line too, an empty one at least
  const afterLine = ends[limit.lines - 2];
  return afterLine ?? cutBefore(text, from, longest);
}

function lineEnds(
  text: string,
  from: number,
  options: { readonly until: number; readonly count: number },
): number[] {
  const found: number[] = [];
  const lineEnd = /\r\n|\r|\n/g;
  lineEnd.lastIndex = from;
  while (found.length < options.count && lineEnd.exec(text) && lineEnd.lastIndex <= options.until) {
    found.push(lineEnd.lastIndex);
  }
  return found;
}

/** The last boundary between two characters at or before a place, but after the start. */
function cutBefore(text: string, from: number, at: number): number {
  const window = text.slice(from, at + lookaheadUnits);
  const start = graphemes.segment(window).containing(at - from)?.index ?? 0;
  if (start > 0) return from + start;
  const splitsPair = /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return splitsPair && at - 1 > from ? at - 1 : at;
}
