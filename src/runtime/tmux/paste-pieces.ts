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
  const lineEnd = /\r\n|\r|\n/g;
  lineEnd.lastIndex = from;
  let at = longest;
  // a piece that ends with a line end holds one more line, an empty one
  for (let line = 1; line <= limit.lines; line++) {
    const match = lineEnd.exec(text);
    if (!match || lineEnd.lastIndex > longest) break;
    if (line === limit.lines) at = match.index;
    else if (line === limit.lines - 1) at = lineEnd.lastIndex;
  }
  if (at === text.length) return at;
  return cutBefore(text, from, at);
}

/** The last boundary between two characters at or before a place, but after the start. */
function cutBefore(text: string, from: number, at: number): number {
  const window = text.slice(from, at + lookaheadUnits);
  const start = graphemes.segment(window).containing(at - from)?.index ?? 0;
  if (start > 0) return from + start;
  const splitsPair = /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return splitsPair && at - 1 > from ? at - 1 : at;
}
