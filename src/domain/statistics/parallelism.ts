/** From when to when things ran, epoch ms; null while one runs. */
export interface Intervals {
  readonly startedAt: readonly number[];
  readonly endedAt: readonly (number | null)[];
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
  intervals: Intervals,
  { from, to }: { readonly from: number; readonly to: number },
): Parallelism {
  const most = intervals.startedAt.length;
  const [starts, ends] = [new Float64Array(most), new Float64Array(most)];
  let [count, sumMs] = [0, 0];
  for (let at = 0; at < most; at += 1) {
    const start = Math.max(intervals.startedAt[at] ?? to, from);
    const end = Math.min(intervals.endedAt[at] ?? to, to);
    if (end <= start) continue;
    starts[count] = start;
    ends[count] = end;
    count += 1;
    sumMs += end - start;
  }
  const begun = starts.subarray(0, count).sort();
  const over = ends.subarray(0, count).sort();
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
