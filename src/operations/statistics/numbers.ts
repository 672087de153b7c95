/** `987`, `12.3k`, `4.56M`. */
export function count(value: number): string {
  if (value < 1_000) return String(Math.round(value));
  const [scaled, unit] =
    value < 999_500
      ? [value / 1_000, "k"]
      : value < 999_500_000
        ? [value / 1_000_000, "M"]
        : [value / 1_000_000_000, "G"];
  return `${scaled >= 100 ? Math.round(scaled) : Number(scaled.toPrecision(3))}${unit}`;
}

/** In dollars; `-` where there is no figure. */
export function money(usd: number | null): string {
  if (usd === null) return "-";
  return usd > 0 && usd < 0.01 ? "< $0.01" : `$${usd.toFixed(2)}`;
}

/** `40s`, `12m`, `2h 5m`. */
export function hours(value: number): string {
  const minutes = Math.round(value * 60);
  if (minutes < 1 && value > 0) return `${Math.round(value * 3_600)}s`;
  if (minutes < 60) return `${minutes}m`;
  if (minutes >= 6_000) return `${Math.round(value)}h`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
