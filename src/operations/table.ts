import { characterWidth } from "../domain/character-width.ts";
import type { Style } from "./define.ts";

/**
 * Columns for people: aligned and cut to the terminal's width, or with `wrap` the last column
 * continued on further lines. When the output is no terminal the same cells come as tab-separated
 * values, whole, for other programs.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  { wrap = false }: { readonly wrap?: boolean } = {},
): string {
  const cells = rows.map((row) => row.map(oneLine));
  const { columns } = style;
  if (columns === undefined) {
    return [headings, ...cells].map((row) => row.join("\t")).join("\n");
  }
  const last = headings.length - 1;
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => widthOf(row[column] ?? ""))),
  );
  const indent = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0);
  const room = columns - indent;
  const lines = (row: readonly string[]): string[] => {
    const [first = "", ...rest] =
      wrap && room >= narrowestColumn ? wrapped(row[last] ?? "", room) : [row[last] ?? ""];
    const start = row
      .slice(0, last)
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .concat(first)
      .join(gap);
    return [cut(start, columns), ...rest.map((line) => " ".repeat(indent) + line)];
  };
  return [style.dim(lines(headings).join("\n")), ...cells.flatMap(lines)].join("\n");
}

/** `12s`, `5m`, `3h`, `2d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

const gap = "  ";
/** A column with less room than this is cut, not wrapped into a tower of words. */
const narrowestColumn = 16;
// oxlint-disable-next-line no-control-regex
const colour = /(\u001b\[[\d;]*m)/;

function oneLine(cell: string): string {
  return cell.replace(/[\t\r\n]+/g, " ");
}

/** Columns a text takes in a terminal; colours take none. */
export function widthOf(text: string): number {
  return split(text).reduce((sum, part) => sum + part.width, 0);
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - widthOf(cell)));
}

/** At most so many columns of a text; what is missing shows as an ellipsis. */
export function cut(text: string, columns: number): string {
  const trimmed = text.trimEnd();
  if (widthOf(trimmed) <= columns) return trimmed;
  let taken = 0;
  let kept = "";
  for (const { part, width } of split(trimmed)) {
    // colours behind the cut stay, so that none goes on beyond the line
    if (width === 0) kept += part;
    else if (taken + width < columns) {
      kept += part;
      taken += width;
    } else if (taken < columns) {
      kept += "…";
      taken = columns;
    }
  }
  return kept;
}

/** A text in lines of at most so many columns, broken between words where that is possible. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = cut(word, columns);
  }
  return [...lines, line];
}

/** The characters of a text with their widths; a colour is a part of its own without any. */
function split(text: string): { readonly part: string; readonly width: number }[] {
  return text
    .split(colour)
    .flatMap((piece) =>
      colour.test(piece)
        ? [{ part: piece, width: 0 }]
        : Array.from(piece, (part) => ({ part, width: characterWidth(part) })),
    );
}
