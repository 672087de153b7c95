import type { ScaledWorker, ScalingRules } from "./scaling-rules.ts";
import type { Session, WorkspaceMode } from "./session.ts";
import type { Capability, Claimant } from "./task.ts";

export const openWorkerGroupStates = ["active", "draining", "stopping"] as const;
export const workerGroupStates = [...openWorkerGroupStates, "stopped"] as const;
export type WorkerGroupState = (typeof workerGroupStates)[number];

/** One worker, from the decision to start it until its session is over and accounted for. */
export interface Seat {
  /** Never given twice in a group: the session is named by it. */
  readonly n: number;
  /** Null until the session is there. */
  readonly sessionId: string | null;
  /** When it was decided, epoch ms. */
  readonly at: number;
  /** It is given nothing more, and ended when it has nothing to do. */
  readonly draining: boolean;
  /** Its end was begun; nothing is decided about it any more. */
  readonly ending: boolean;
  /** It took a task at least once. */
  readonly proven: boolean;
  /** Number of the last event before it was told to go on; null when it never was. */
  readonly told: number | null;
}

/** Why none is started for a while, although one is wanted. */
export interface HoldUp {
  /** Epoch ms. */
  readonly until: number;
  /** What lets it go before that. */
  readonly on: "room" | "account" | "time";
  readonly because: string;
}

/** Workers on one queue of tasks: what they are, how many there may be, and those there are. */
export interface WorkerGroup {
  readonly id: string;
  /** Rises with each change; decisions are guarded by it. */
  readonly version: number;
  /** Of one group that is not stopped. */
  readonly name: string;
  readonly state: WorkerGroupState;
  /** Why it drains, is being stopped or has stopped. */
  readonly because: string | null;
  /** As it was asked for: an id, an alias or a preset. */
  readonly providerId: string;
  readonly model: string | null;
  readonly effort: string | null;
  readonly profile: string | null;
  /** Said to each worker before how to work; null for nothing. */
  readonly instructions: string | null;
  /** What its workers are, as tasks may require it. */
  readonly capability: Capability;
  /** Only tasks with one of these; without any, every task. */
  readonly tags: readonly string[];
  readonly mode: WorkspaceMode;
  /** Absolute. */
  readonly repoPath: string;
  /** Tasks of this run; null for those of no run. */
  readonly runId: string | null;
  /** Environment names its workers are given. */
  readonly envNames: readonly string[];
  readonly rules: ScalingRules;
  /** By `n`. */
  readonly seats: readonly Seat[];
  readonly lastSeat: number;
  /** Rises whenever workers begin to drain; claims are guarded by it. */
  readonly drains: number;
  readonly lastStartAt: number | null;
  readonly failedStarts: { readonly inARow: number; readonly lastAt: number | null };
  readonly hold: HoldUp | null;
  /** The last decision that changed something. */
  readonly decided: { readonly at: number; readonly because: string } | null;
  readonly author: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

/** What a group may not have more of, however it is asked. */
export const mostWorkers = 100;

/** The idempotency key of a worker's session: a crash around its start ends with one session. */
export function seatKey(groupId: string, n: number): string {
  return `workers:${groupId}:${n}`;
}

export function parseSeatKey(
  key: string | null,
): { readonly groupId: string; readonly n: number } | undefined {
  const [, groupId, n] = /^workers:(wk_\w+):(\d+)$/.exec(key ?? "") ?? [];
  return groupId === undefined ? undefined : { groupId, n: Number(n) };
}

/** What a worker of the group may be given. */
export function claimantOf({ capability, tags, runId }: WorkerGroup): Claimant {
  return { ...capability, tags, runId };
}

/**
 * How a worker stands. One in the middle of a turn without a task is on its way to one: it counts as
 * somebody there, and not as work.
 */
export function standingOf(
  seat: Seat,
  session: Session | undefined,
  options: { readonly holdsClaim: boolean; readonly isToldNow: boolean },
): ScaledWorker {
  const { draining, at } = seat;
  const id = String(seat.n);
  if (!session) return { id, state: "starting", draining, since: at };
  if (options.holdsClaim) return { id, state: "busy", draining, since: session.stateAt };
  const isIdle = session.state === "idle" && !options.isToldNow;
  return { id, state: isIdle ? "idle" : "starting", draining, since: session.stateAt };
}
