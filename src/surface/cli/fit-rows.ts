/**
 * So many lines as a screen has room for. What is left out is counted, and stands between the first
 * lines and the last ones: those that say what to do are not among it.
 * @param room at least 3
 * @param last lines at the end that are to be seen
 */
export function fitRows(lines: readonly string[], room: number, last: number): readonly string[] {
  if (lines.length <= room) return lines;
  const below = Math.min(last, room - 2);
  const above = room - 1 - below;
  const left = lines.length - above - below;
  return [
    ...lines.slice(0, above),
    `  and ${left} more`,
    ...(below === 0 ? [] : lines.slice(-below)),
  ];
}
