import type { Style } from "./define.ts";

/**
 * Columns for people: aligned, cut to the terminal's width. When the output is no terminal the
 * same cells come as tab-separated values, whole and without colours, for other programs.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  if (style.columns === undefined) {
    return [headings, ...rows].map((row) => row.map(oneLine).join("\t")).join("\n");
  }
  const cells = rows.map((row) => row.map(oneLine));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .slice(0, style.columns)
      .trimEnd();
  return [style.dim(line(headings)), ...cells.map(line)].join("\n");
}

function oneLine(cell: string): string {
  return cell.replace(/[\t\r\n]+/g, " ");
}

/** `12s`, `5m`, `3h`, `2d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
