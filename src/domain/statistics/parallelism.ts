/** From when to when something ran, epoch ms; null while it runs. */
export interface Interval {
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface Parallelism {
  /** Time in which at least one ran, in ms. */
  readonly wallMs: number;
  /** What each of them ran, added up, in ms. */
  readonly sumMs: number;
  /** Sum to wall; null where nothing ran. */
  readonly ratio: number | null;
  readonly peak: number;
  /** When it was first reached, epoch ms. */
  readonly peakAt: number | null;
}

/**
 * How much ran side by side between `from` and `to`. Only what lies inside counts: something that
 * began long before, or runs on, adds no more than its part.
 */
export function parallelism(
  intervals: readonly Interval[],
  { from, to }: { readonly from: number; readonly to: number },
): Parallelism {
  const starts: number[] = [];
  const ends: number[] = [];
  let sumMs = 0;
  for (const { startedAt, endedAt } of intervals) {
    const start = Math.max(startedAt, from);
    const end = Math.min(endedAt ?? to, to);
    if (end <= start) continue;
    starts.push(start);
    ends.push(end);
    sumMs += end - start;
  }
  const [begun, over] = [Float64Array.from(starts).sort(), Float64Array.from(ends).sort()];
  let [running, wallMs, openSince, peak] = [0, 0, 0, 0];
  let peakAt: number | null = null;
  for (let next = 0, last = 0; last < over.length;) {
    const start = begun[next] ?? Number.POSITIVE_INFINITY;
    const end = over[last] ?? Number.POSITIVE_INFINITY;
    if (start < end) {
      if (running === 0) openSince = start;
      running += 1;
      next += 1;
      if (running > peak) [peak, peakAt] = [running, start];
    } else {
      running -= 1;
      last += 1;
      if (running === 0) wallMs += end - openSince;
    }
  }
  return { wallMs, sumMs, ratio: wallMs === 0 ? null : sumMs / wallMs, peak, peakAt };
}
