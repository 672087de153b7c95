import type { Approval, ApprovalKind } from "./approval.ts";
import type { Capability, Task, TaskExecution } from "./task.ts";

export const runKinds = ["pool", "pipeline", "swarm", "team"] as const;
export type RunKindName = (typeof runKinds)[number];

export const openRunStates = ["pending", "running", "paused", "awaiting_approval"] as const;
export const endRunStates = ["completed", "partial", "failed", "cancelled"] as const;
export const runStates = [...openRunStates, ...endRunStates] as const;
export type RunState = (typeof runStates)[number];
export type RunEnd = (typeof endRunStates)[number];

/** What a run may use; null is without a limit of its own. */
export interface RunLimits {
  /** Sessions at work at once. */
  readonly concurrency: number;
  readonly timeoutMs: number | null;
  readonly tokens: number | null;
  readonly usd: number | null;
  /** Of sessions' time together. */
  readonly minutes: number | null;
}

/** One orchestration: a kind that makes tasks and asks for approvals, and what became of it. */
export interface Run {
  readonly id: string;
  readonly name: string | null;
  readonly kind: RunKindName;
  readonly state: RunState;
  /** Why it is paused, or ended as it did. */
  readonly because: string | null;
  /** What was asked for, as its kind reads it; plain JSON, checked before the run began. */
  readonly spec: unknown;
  readonly limits: RunLimits;
  /** The first task that fails ends the run. */
  readonly failFast: boolean;
  readonly repoPath: string;
  /** A command that is given each event of the run as a line of JSON; null for none. */
  readonly onEvent: string | null;
  /** Environment names its workers are given. */
  readonly envNames: readonly string[];
  /** The answer of the whole: a synthesis, the last stage, … */
  readonly output: string | null;
  readonly author: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

/** A task a run kind wants to be there; dependencies are named by key. */
export interface PlannedTask {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly requires: Capability;
  readonly dependsOn: readonly string[];
  readonly execution: TaskExecution | null;
  readonly maxAttempts: number;
  /**
   * Why it can never be done as it was asked for: it is put on the board as failed with this, and
   * trying it again changes nothing.
   */
  readonly refused?: string;
}

export interface PlannedApproval {
  readonly key: string;
  readonly kind: ApprovalKind;
  readonly subject: string;
  readonly body: string;
  /** Principal on whose behalf it is asked: who made the plan cannot approve it. */
  readonly requestedBy: string;
  readonly taskKey: string | null;
  readonly timeoutMs: number;
}

/** An answer to an approval of the run that the run kind has from its lead or by a rule. */
export interface PlannedVerdict {
  /** The approval's key. */
  readonly key: string;
  readonly approve: boolean;
  /** The session that did this task decided, or the named rule; never whoever asked. */
  readonly by:
    | { readonly kind: "task"; readonly taskKey: string }
    | { readonly kind: "policy"; readonly rule: string };
  readonly comment: string | null;
}

/**
 * What a run has come to: all its tasks and approvals, by key. A task that somebody else put into
 * the run, as a lead does, has no key and stands under its id.
 */
export interface RunFacts {
  readonly run: Run;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly approvals: ReadonlyMap<string, Approval>;
}

/**
 * What a run kind wants next. It is asked again after every change and answers from the facts alone,
 * so that a step that was committed is not wanted a second time, and one that was lost is.
 */
export interface RunStep {
  readonly tasks: readonly PlannedTask[];
  readonly approvals: readonly PlannedApproval[];
  /** Absent for none. */
  readonly verdicts?: readonly PlannedVerdict[];
  /** Keys of tasks that have no purpose any more, each with the reason; wanted until they ended. */
  readonly cancel: readonly { readonly key: string; readonly because: string }[];
  /** Set once nothing is left to do. */
  readonly end: {
    readonly state: RunEnd;
    readonly because: string | null;
    readonly output: string | null;
  } | null;
}

/** A run kind: pure, and the only thing that differs between runs. */
export interface RunKind {
  readonly name: RunKindName;
  readonly next: (facts: RunFacts) => RunStep;
  /** The keys of `facts.tasks` in the order of their results: as submitted, stage after stage. */
  readonly order: (facts: RunFacts) => readonly string[];
}
