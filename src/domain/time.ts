const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration such as `500ms`, `30s`, `10m`, `2h`, `1d`. A bare number counts in `bareUnit`,
 * seconds unless told otherwise. Returns milliseconds, or undefined for anything else.
 */
export function parseDuration(text: string, bareUnit: "ms" | "s" = "s"): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  if (!match) return undefined;
  const unit = units[match[2] ?? bareUnit];
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}

/** Times on every wire are RFC 3339 in UTC with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function formatTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
