/** Whether version `a` is newer than `b`, by major, minor and patch; suffixes do not count. */
export function isNewer(a: string, b: string): boolean {
  if (a === b) return false;
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function parts(version: string): number[] {
  return version.split(/[.+-]/).slice(0, 3).map(Number);
}
