import type { Hold } from "./hold.ts";
import type { WorkspaceMode } from "./session.ts";

export const openTaskStates = ["pending", "blocked", "claimed"] as const;
export const endTaskStates = ["completed", "failed", "cancelled"] as const;
export const taskStates = [...openTaskStates, ...endTaskStates] as const;
export type TaskState = (typeof taskStates)[number];

/** Who may work on a task; null allows anybody. */
export interface Capability {
  readonly providerId: string | null;
  readonly model: string | null;
  readonly role: string | null;
}

/** Another agent for the same task; null for that CLI's own default. */
export interface Substitute {
  /** As it was named: an id, an alias or a preset. */
  readonly providerId: string;
  /** What sessions of it are of, where that is another name. */
  readonly definitionId?: string;
  readonly model: string | null;
}

/** A command that turns one text into another: the task's body is its input, its output the result. */
export interface ShellFilter {
  /** Given to `/bin/sh -c`, in the run's folder. */
  readonly command: string;
  readonly timeoutMs: number;
  /** More output than this fails the task. */
  readonly maxBytes: number;
}

/** How the scheduler carries a task out; a task without is done by whoever claims it. */
export interface TaskExecution {
  /** As it was named: an id, an alias or a preset. */
  readonly providerId: string;
  /** What sessions of it are of, where that is another name. */
  readonly definitionId?: string;
  readonly model: string | null;
  readonly effort: string | null;
  /** Name of the profile whose instructions and tools the worker has; null for none. */
  readonly profile: string | null;
  /** Said to the agent besides the task. */
  readonly systemPrompt: string | null;
  readonly mode: WorkspaceMode;
  /** Absolute path of the repository or folder. */
  readonly repoPath: string;
  /** From its claim on; null for the run's. */
  readonly timeoutMs: number | null;
  /**
   * `turn`: the agent's final message is the result. `completion`: the worker says by
   * `complete_task` that it is done; at the end of a turn without, it is reminded once.
   */
  readonly endsWith: "turn" | "completion";
  /** Tools for coordination that the worker is given; absent for none. */
  readonly toolset?: "worker" | "lead";
  /** Whom to try in this order when it cannot be started or is at its limit; opted into by a profile. */
  readonly fallback?: readonly Substitute[];
  /** An idle session that did a task just like it may do it as its next turn; absent for never. */
  readonly reuse?: true;
  /** Present where no agent is started: the scheduler runs this instead; exit code 0 completes. */
  readonly filter?: ShellFilter;
}

/** The right to work on a task, and to say what came of it. */
export interface Claim extends Hold {
  /** Null while the session that will do it is not there yet, and for agents outside of agentpool. */
  readonly sessionId: string | null;
  readonly claimedAt: number;
  readonly ttlMs: number;
  /** Key of the request that was given it: the same request is given it again, and no second one. */
  readonly requestKey?: string | null;
}

/** How the claim before the present one ended: tells a repeated request from one that came too late. */
export interface PastClaim {
  readonly token: number;
  readonly holder: string;
  readonly as: "failed" | "released" | "lost";
  readonly because: string;
  /** Of a session that released it: until when it is left to others, epoch ms. */
  readonly leftUntil?: number;
  /** How often in a row that session did. */
  readonly times?: number;
}

/** A unit of work on the board. */
export interface Task {
  readonly id: string;
  /** Null for one that somebody put on the board by hand. */
  readonly runId: string | null;
  /** Unique within its run: by this a run kind knows what it made already. */
  readonly key: string | null;
  readonly title: string;
  readonly body: string;
  /** Higher first; among equals the oldest. */
  readonly priority: number;
  readonly tags: readonly string[];
  readonly requires: Capability;
  /** Ids of tasks that must be completed before. */
  readonly dependsOn: readonly string[];
  readonly state: TaskState;
  /** Why it is blocked, failed or cancelled, or was given back last. */
  readonly because: string | null;
  readonly execution: TaskExecution | null;
  /** Present while claimed, and afterwards of the one who ended it. */
  readonly claim: Claim | null;
  /** Null before anybody gave it back or lost it. */
  readonly pastClaim?: PastClaim | null;
  /** How often it was claimed by somebody who then failed it or was lost; the present one counted. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Not to be claimed before, epoch ms: the pause after a failed attempt. */
  readonly notBefore: number | null;
  readonly result: string | null;
  readonly error: string | null;
  /** Paths that belong to the result. */
  readonly artifacts: readonly string[];
  readonly author: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

/** A task without its long texts: what is needed to decide about it, and to list it. */
export type TaskHead = Omit<Task, "body" | "result">;

/** Of a task that waits for others: what decides whether it still has to. */
export type TaskLink = Pick<Task, "id" | "runId" | "state" | "because" | "dependsOn">;

/** What somebody wrote down about a task while it was worked on. */
export interface TaskNote {
  readonly id: string;
  readonly taskId: string;
  readonly author: string;
  readonly text: string;
  readonly at: number;
}

/** Who wants to work: what a task requires has to be theirs, and its tags have to suit them. */
export interface Claimant extends Capability {
  /** Only tasks with one of these; without any, every task. */
  readonly tags: readonly string[];
  /** Tasks of this run alone; null for those that somebody put on the board by hand. */
  readonly runId: string | null;
  /** The session that asks: what it gave back a moment ago is left to others. */
  readonly holder?: string | null;
}

export const anyCapability: Capability = { providerId: null, model: null, role: null };
export const defaultClaimMs = 120_000;
export const longestClaimMs = 8 * 3_600_000;
export const defaultMaxAttempts = 3;
/** A task's text may have this many bytes. */
export const longestTaskBytes = 1_048_576;
/** What is told of a failure, and a note. */
export const longestNoteChars = 8_000;

export function isTaskEnd(state: TaskState): boolean {
  return (endTaskStates as readonly TaskState[]).includes(state);
}

/** Tasks that wait for one, directly or through others, and what those wait for besides. */
export interface Waiting {
  readonly dependants: readonly TaskLink[];
  /** Tasks that are not completed and not among the dependants, that these name. */
  readonly others: readonly TaskLink[];
  /** Of the graph they were read from; null where it does not matter what waits. */
  readonly revision: number | null;
}

/** Tasks that wait for one alone. */
export interface Freed {
  readonly links: readonly TaskLink[];
  readonly revision: number;
}

export const nobodyWaits: Waiting = { dependants: [], others: [], revision: null };
