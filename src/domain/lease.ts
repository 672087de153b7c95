import type { Hold } from "./hold.ts";

export const leaseModes = ["exclusive", "shared"] as const;
export type LeaseMode = (typeof leaseModes)[number];

/** Words for modes: our own, and those of the ancestor. */
export const leaseModeWords = ["exclusive", "shared", "write", "read"] as const;

export type LeaseState = "waiting" | "active" | "released" | "expired" | "withdrawn";

/** The right to change a path, or with `shared` to count on nobody changing it. */
export interface Lease extends Hold {
  readonly id: string;
  /** Null for a holder outside of agentpool. */
  readonly sessionId: string | null;
  /** Root of the repository, the same for all its worktrees; the folder itself without git. */
  readonly repoPath: string;
  /** From there, with `/`; absolute when it lies outside. May be a pattern. */
  readonly filePath: string;
  /** Absolute and canonical, see `path-pattern`: what is compared. */
  readonly key: string;
  readonly mode: LeaseMode;
  readonly state: LeaseState;
  readonly ttlMs: number;
  /** What it is for, in the holder's words. */
  readonly intent: string | null;
  readonly author: string;
  /** Paths that were asked for together are given together. */
  readonly requestKey: string;
  /** While waiting: until when, epoch ms. */
  readonly waitsUntil: number | null;
  readonly createdAt: number;
  readonly grantedAt: number | null;
  readonly renewedAt: number | null;
  readonly endedAt: number | null;
  /** Why it ended. */
  readonly because: string | null;
}

export const defaultLeaseMs = 900_000;
export const longestLeaseMs = 8 * 3_600_000;

export function parseLeaseMode(word: (typeof leaseModeWords)[number]): LeaseMode {
  return word === "exclusive" || word === "write" ? "exclusive" : "shared";
}

/** Whether who has `held` has `wanted` too. */
export function includesMode(held: LeaseMode, wanted: LeaseMode): boolean {
  return held === "exclusive" || held === wanted;
}
