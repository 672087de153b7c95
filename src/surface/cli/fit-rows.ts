/**
 * So many lines as a screen has room for. What is left out is counted, and stands between the first
 * lines and the last ones: those that say what to do are not among it.
 * @param room at least 3
 * @param last lines at the end that are to be seen
 * @param weigh what a line is worth of all others: the lightest are left out, of equals the last
 */
export function fitRows(
  lines: readonly string[],
  room: number,
  { last, weigh = () => 0 }: { readonly last: number; readonly weigh?: (line: number) => number },
): readonly string[] {
  if (lines.length <= room) return lines;
  const below = Math.min(last, room - 2);
  const above = room - 1 - below;
  const left = lines.length - above - below;
  const kept = lines
    .slice(0, lines.length - below)
    .map((text, line) => ({ text, line }))
    .toSorted((a, b) => weigh(b.line) - weigh(a.line) || a.line - b.line)
    .slice(0, above)
    .toSorted((a, b) => a.line - b.line);
  return [
    ...kept.map(({ text }) => text),
    `  and ${left} more`,
    ...(below === 0 ? [] : lines.slice(-below)),
  ];
}
