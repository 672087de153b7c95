import type { IntervalHistogram } from "node:perf_hooks";

/** What is kept of many samples. */
export interface Summary {
  readonly samples: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
  /** Distance of the quartiles as a part of the median; 0 for a single sample. */
  readonly spread: number;
}

/** @throws {RangeError} without samples: a figure made of nothing would be a lie */
export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("nothing was measured");
  const sorted = [...samples].sort((a, b) => a - b);
  const p50 = quantile(sorted, 0.5);
  return {
    samples: sorted.length,
    min: quantile(sorted, 0),
    p50,
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
    mean: sorted.reduce((sum, one) => sum + one, 0) / sorted.length,
    spread: p50 === 0 ? 0 : (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / Math.abs(p50),
  };
}

/**
 * How many times the subject is the limit, from measurements taken in turns: the median over the
 * pairs, so that load which comes and goes strikes both sides of a pair alike.
 */
export function pairedRatio(subject: readonly number[], limit: readonly number[]): number | null {
  const ratios = subject.flatMap((value, i) => {
    const below = limit[i];
    return below === undefined || below <= 0 ? [] : [value / below];
  });
  return ratios.length === 0 ? null : summarise(ratios).p50;
}

/** Of how long an event loop stood still, in ms; a histogram knows no quartiles' distance. */
export function delaySummary(delay: IntervalHistogram, resolutionMs: number): Summary {
  const ms = (ns: number): number => Math.max(0, ns / 1e6 - resolutionMs);
  return {
    samples: delay.count,
    min: ms(delay.min),
    p50: ms(delay.percentile(50)),
    p95: ms(delay.percentile(95)),
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
    mean: ms(delay.mean),
    spread: 0,
  };
}

/** Linear between the two nearest samples. */
function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
