import { isSetBack } from "./time.ts";

/** How many workers there may be, and how quickly that changes. */
export interface ScalingRules {
  readonly min: number;
  readonly max: number;
  /** So much claimable work is worth one worker. */
  readonly tasksPerWorker: number;
  /** At most so many are started, or drained, at once. */
  readonly step: number;
  /** A worker idle for so long is one too many; so long after a start nobody is drained. */
  readonly coolDownMs: number;
  /** So many failed starts in a row stop further ones, */
  readonly breakAfter: number;
  /** for so long, doubled with each further failure, up to an hour. */
  readonly breakMs: number;
}

export const defaultScaling: ScalingRules = {
  min: 0,
  max: 4,
  tasksPerWorker: 3,
  step: 2,
  coolDownMs: 120_000,
  breakAfter: 3,
  breakMs: 60_000,
};

export interface ScalingFacts {
  /** Tasks such a worker could claim now: neither blocked nor beyond its capability. */
  readonly claimable: number;
  readonly workers: readonly ScaledWorker[];
  /** So many more would be let in by usage limits, memory and the other bounds; with the reason. */
  readonly room: { readonly more: number; readonly because: string } | null;
  /** When one was started last, epoch ms. */
  readonly lastStartAt: number | null;
  readonly failedStarts: { readonly inARow: number; readonly lastAt: number | null };
}

export interface ScaledWorker {
  readonly id: string;
  readonly state: "starting" | "busy" | "idle";
  /** Takes nothing new, and is stopped when it has nothing to do. */
  readonly draining: boolean;
  /** When it came to its present state, epoch ms. */
  readonly since: number;
}

export interface ScalingDecision {
  /** Workers wanted, within the bounds. */
  readonly desired: number;
  readonly start: number;
  /** Ids of those that are to take nothing new. */
  readonly drain: readonly string[];
  /** Ids of draining ones that are needed after all. */
  readonly keep: readonly string[];
  /** Ids of drained ones that have nothing to do any more. */
  readonly stop: readonly string[];
  readonly because: string;
}

const longestBreakMs = 3_600_000;

/**
 * What to do with the workers now. Up at once but in steps, and never past `max` with those that are
 * still draining; down only after a time without work, and by draining: nobody is stopped at work.
 */
export function scale(facts: ScalingFacts, rules: ScalingRules, now: number): ScalingDecision {
  const { workers, claimable } = facts;
  const draining = workers.filter((worker) => worker.draining);
  const taking = workers.filter((worker) => !worker.draining);
  const busy = taking.filter(({ state }) => state === "busy").length;
  const needed = busy + Math.ceil(claimable / rules.tasksPerWorker);
  const desired = Math.min(rules.max, Math.max(rules.min, needed));
  const why = reason(facts, { busy, needed, desired }, rules);
  const stop = draining.filter(({ state }) => state === "idle").map(({ id }) => id);
  const blank = { desired, start: 0, drain: [], keep: [], stop, because: ended(why, stop.length) };

  if (taking.length < desired) {
    const missing = desired - taking.length;
    const keep = draining.slice(0, missing).map(({ id }) => id);
    const allowed = startable(
      facts,
      { missing: missing - keep.length, live: workers.length },
      rules,
      now,
    );
    return {
      ...blank,
      start: allowed.count,
      keep,
      stop: stop.filter((id) => !keep.includes(id)),
      because: allowed.because === null ? why : `${why}; ${allowed.because}`,
    };
  }
  if (taking.length > desired) {
    const drained = drainable(facts, { surplus: taking.length - desired, taking }, rules, now);
    const because = drained.because === null ? why : `${why}; ${drained.because}`;
    return { ...blank, drain: drained.ids, because };
  }
  return blank;
}

/** When time alone may change what is decided, epoch ms; null for never. */
export function scalingDueAt(
  { workers, lastStartAt, failedStarts }: ScalingFacts,
  { coolDownMs, ...rules }: ScalingRules,
  now: number,
): number | null {
  const idle = workers.filter(({ state, draining }) => state === "idle" && !draining);
  const moments = [
    breakEndsAt(failedStarts, rules),
    ...(idle.length > 0 && lastStartAt !== null ? [lastStartAt + coolDownMs] : []),
    ...idle.map(({ since }) => since + coolDownMs),
  ].filter((moment) => moment !== null && moment > now);
  return moments.length === 0 ? null : Math.min(...(moments as number[]));
}

/** When a start is tried again after so many that failed; null while nothing keeps it back. */
function breakEndsAt(
  { inARow, lastAt }: ScalingFacts["failedStarts"],
  { breakAfter, breakMs }: Pick<ScalingRules, "breakAfter" | "breakMs">,
): number | null {
  if (inARow < breakAfter || lastAt === null) return null;
  return lastAt + Math.min(longestBreakMs, breakMs * 2 ** Math.min(20, inARow - breakAfter));
}

/** Until when starts are kept back at this moment; null where one may be tried. */
export function breakHoldsUntil(
  failedStarts: ScalingFacts["failedStarts"],
  rules: Pick<ScalingRules, "breakAfter" | "breakMs">,
  now: number,
): number | null {
  const until = breakEndsAt(failedStarts, rules);
  // a clock that was set back is no reason to wait for longer than the pause
  const isOver = until === null || until <= now || now < (failedStarts.lastAt ?? now);
  return isOver ? null : until;
}

function ended(why: string, count: number): string {
  return count === 0 ? why : `${why}; ${count} drained and have nothing left to do`;
}

function reason(
  { claimable, workers }: ScalingFacts,
  at: { readonly busy: number; readonly needed: number; readonly desired: number },
  { min, max, tasksPerWorker }: ScalingRules,
): string {
  const work = `${claimable} claimable at ${tasksPerWorker} for each worker and ${at.busy} at work make ${at.needed}`;
  const bound =
    at.desired < at.needed
      ? `, at most ${max} are allowed`
      : at.desired > at.needed
        ? `, at least ${min} are kept`
        : "";
  return `${work}${bound}; there are ${workers.length}`;
}

interface Allowed {
  readonly count: number;
  readonly because: string | null;
}

/** How many of the missing may be started, and what keeps the others from it. */
function startable(
  { failedStarts, room }: ScalingFacts,
  { missing, live }: { readonly missing: number; readonly live: number },
  { max, step, ...rules }: ScalingRules,
  now: number,
): Allowed {
  if (missing <= 0) return { count: 0, because: "draining ones go on instead" };
  if (breakEndsAt(failedStarts, rules) !== null) {
    const until = breakHoldsUntil(failedStarts, rules, now);
    const failed = `${failedStarts.inARow} starts failed in a row`;
    if (until !== null) {
      const left = Math.ceil((until - now) / 1000);
      return { count: 0, because: `${failed}, the next is tried in ${left} s` };
    }
    const one = Math.max(0, Math.min(1, max - live, room?.more ?? 1));
    return { count: one, because: `${failed}, one more is tried` };
  }
  const bounds: Allowed[] = [
    { count: missing, because: null },
    { count: step, because: `${step} at a time` },
    { count: max - live, because: `those that drain still count towards ${max}` },
    ...(room ? [{ count: room.more, because: room.because }] : []),
  ];
  const tightest = bounds.reduce((a, b) => (b.count < a.count ? b : a));
  return { count: Math.max(0, tightest.count), because: tightest.because };
}

/** Those that are idle the longest go; above `max`, also one that has work, once that is done. */
function drainable(
  { lastStartAt }: ScalingFacts,
  { surplus, taking }: { readonly surplus: number; readonly taking: readonly ScaledWorker[] },
  { max, step, coolDownMs }: ScalingRules,
  now: number,
): { readonly ids: readonly string[]; readonly because: string | null } {
  const above = Math.max(0, taking.length - max);
  const order = taking.toSorted((a, b) => rank(a) - rank(b) || a.since - b.since);
  if (above > 0) {
    const ids = order.slice(0, above).map(({ id }) => id);
    return { ids, because: `${above} more than the ${max} that are allowed drain` };
  }
  if (lastStartAt !== null && now - lastStartAt < coolDownMs && now >= lastStartAt) {
    return { ids: [], because: "one was started a moment ago" };
  }
  // since when one is idle cannot be said any more once the clock was set back
  const isLong = (since: number): boolean => isSetBack(since, now) || now - since >= coolDownMs;
  const idle = order.filter(({ state, since }) => state === "idle" && isLong(since));
  const ids = idle.slice(0, Math.min(surplus, step)).map(({ id }) => id);
  if (ids.length > 0)
    return { ids, because: `${ids.length} had nothing to do for ${coolDownMs / 1000} s` };
  return { ids, because: `none had nothing to do for ${coolDownMs / 1000} s` };
}

function rank({ state }: ScaledWorker): number {
  return { idle: 0, starting: 1, busy: 2 }[state];
}
