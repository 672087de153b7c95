import type { Source } from "./source.ts";

/**
 * Whose quota sessions use: a provider and the folder its sign-in lies in. A hard limit is the
 * account's: it stops every session of it, and none is begun before the limit is over.
 */
export interface Account {
  /** `codex-cli:/home/me/.codex`, or the provider alone where it has no such folder. */
  readonly id: string;
  readonly providerId: string;
  /** Null while nothing stands against it. */
  readonly limit: AccountLimit | null;
}

export interface AccountLimit {
  /** When the vendor opens it again, epoch ms; null when it did not say. */
  readonly resetsAt: number | null;
  /** From then on it is tried again: the reset, or an hour where none was told. */
  readonly until: number;
  readonly since: number;
  /** The session that met the limit, and how it learnt of it. */
  readonly sessionId: string;
  readonly source: Source;
  readonly because: string;
}

/** A limit without a reset time is tried again after this. */
const untoldLimitMs = 3_600_000;

/** No window of a quota is so long; a later time was counted in another unit. */
const longestLimitMs = 10 * 366 * 86_400_000;

/** A busy machine hears of a limit this much later than it was met, and clocks differ. */
const lateMs = 60_000;

/**
 * The reset that was told with a limit heard of at `at`, or null where it makes no sense: one that was
 * over for a while already is of an earlier window.
 */
export function sensibleReset(resetsAt: number | null, at: number): number | null {
  if (resetsAt === null || resetsAt <= at - lateMs || resetsAt > at + longestLimitMs) return null;
  return resetsAt;
}

/** From when on a limit met at `at` is tried again. */
export function limitUntil(resetsAt: number | null, at: number): number {
  return resetsAt ?? at + untoldLimitMs;
}

/**
 * - `available`: nothing is known against it.
 * - `limited`: nothing is sent on it before `until`.
 * - `unproven`: the limit should be over and nobody has seen so yet; one session at a time tries.
 */
export type AccountState = "available" | "limited" | "unproven";

export function accountState({ limit }: Account, now: number): AccountState {
  if (!limit) return "available";
  return now < limit.until ? "limited" : "unproven";
}

export function accountId(providerId: string, folder: string | null): string {
  return folder === null ? providerId : `${providerId}:${folder}`;
}
