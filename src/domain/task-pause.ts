import type { TaskHead } from "./task.ts";

/** 10 s, doubled with each attempt, at most 10 min; up to a fifth more by jitter. */
export function pauseMs(attempt: number, jitter: number): number {
  const base = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(Math.min(longestPauseMs, base * (1 + jitter / 5)));
}

/**
 * No pause ends later than this. One that seems to was begun before the clock was set back, and is
 * over: it was to last minutes, not until that clock is reached again.
 */
export function lastPauseEnd(now: number): number {
  return now + longestPauseMs + slackMs;
}

/** Until when a task is given to nobody, epoch ms; null when it pauses no more. */
export function pausedUntil({ notBefore }: Pick<TaskHead, "notBefore">, now: number) {
  return ahead(notBefore, now);
}

/**
 * Until when a task is left to others, where somebody does not ask for it by its id; null when it is
 * not. The session that gave it back would be given it again at once otherwise, without an end.
 */
export function leftUntil(
  { pastClaim }: Pick<TaskHead, "pastClaim">,
  holder: string | null | undefined,
  now: number,
): number | null {
  return pastClaim?.holder === holder ? ahead(pastClaim?.leftUntil ?? null, now) : null;
}

function ahead(until: number | null, now: number): number | null {
  return until !== null && until > now && until <= lastPauseEnd(now) ? until : null;
}

const firstPauseMs = 10_000;
const longestPauseMs = 600_000;
/** Clocks are put right by a little at any time. */
const slackMs = 5_000;
