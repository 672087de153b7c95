const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration such as `500ms`, `30s`, `10m`, `1h30m`, `1d`. A bare number counts in `bareUnit`,
 * seconds unless told otherwise. Of several units the greater one stands first, and each once.
 * Returns milliseconds, or undefined for anything else.
 */
export function parseDuration(text: string, bareUnit: "ms" | "s" = "s"): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    return Math.round(Number(trimmed) * (units[bareUnit] ?? 0));
  }
  if (!/^(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)\s*)+$/.test(trimmed)) return undefined;
  let total = 0;
  let before = Infinity;
  for (const [, count, name = ""] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)/g)) {
    const unit = units[name] ?? 0;
    if (unit >= before) return undefined;
    before = unit;
    total += Number(count) * unit;
  }
  return Math.round(total);
}

/** Times on every wire are RFC 3339 in UTC with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function formatTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}

/** What was read a moment ago may be a little older than what was written since. */
const raceMs = 5_000;

/** Whether the clock was set back since that moment: no wait that began then is to last longer for it. */
export function isSetBack(since: number, now: number): boolean {
  return since > now + raceMs;
}
