import type { Figure, Unit } from "../goal.ts";
import type { Summary } from "../measure/statistics.ts";

/** Three figures that count: `0.312`, `4.56`, `78.9`, `1234`. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 ? value.toFixed(2) : value.toPrecision(2).replace(/0+$/, "").replace(/\.$/, "");
}

export function withUnit(value: number, unit: Unit): string {
  return unit === "" ? number(value) : `${number(value)} ${unit}`;
}

export function headlineOf(figure: Figure): string {
  return withUnit(figure.value[figure.headline], figure.unit);
}

export function limitOf(figure: Figure): string {
  return figure.limit === null ? "-" : withUnit(figure.limit[figure.headline], figure.unit);
}

/** `p50 0.31  p95 0.9  max 2.1  (400 samples, spread 12 %)`; nothing for a single measurement. */
export function samplesOf(summary: Summary): string {
  if (summary.samples === 1) return "1 measurement";
  const { p50, p95, p99, max } = summary;
  const parts = [`p50 ${number(p50)}`, `p95 ${number(p95)}`, `p99 ${number(p99)}`];
  const spread = Math.round(summary.spread * 100);
  return `${parts.join("  ")}  max ${number(max)}  (${summary.samples} samples, spread ${spread} %)`;
}

export function ratioOf(figure: Figure): string {
  return figure.ratio === null ? "-" : `${number(figure.ratio)} x`;
}

export function verdictOf(figure: Figure): string {
  if (!figure.target) return "";
  return figure.target.met ? "reached" : "NOT reached";
}
