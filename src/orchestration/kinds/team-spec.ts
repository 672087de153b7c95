import type { TaskExecution } from "../../domain/task.ts";
import type { PoolTask } from "./pool.ts";
import type { WorkerSpec } from "./worker.ts";

/** A team works by a plan of its own, or on tasks that are there already. */
export type TeamSpec = PlannedTeam | ListedTeam;

interface Team {
  readonly lead: WorkerSpec;
  /** Of what no role is named for, and of what the lead adds. */
  readonly worker: WorkerSpec;
  readonly maxAttempts: number;
  /** `completion` wants workers that can say by `complete_task` that they are done. */
  readonly endsWith: TaskExecution["endsWith"];
}

/** Plan, reviews, approval, work by phases, synthesis. */
export interface PlannedTeam extends Team {
  readonly form: "plan";
  readonly goal: string;
  readonly planner: WorkerSpec;
  /** Each judges the first plan; none for no reviews. */
  readonly reviewers: readonly Reviewer[];
  /** Who does the tasks of a role, by its name. */
  readonly roles: Readonly<Record<string, WorkerSpec>>;
  readonly approval: ApprovalGate;
  readonly maxTasks: number;
  readonly maxPhases: number;
}

export interface Reviewer {
  /** Unique in the team; fit for a key. */
  readonly name: string;
  /** What to look at besides the usual; null for nothing. */
  readonly focus: string | null;
  readonly worker: WorkerSpec;
}

export interface ApprovalGate {
  /** `lead`: an agent that did not make the plan. `policy`: the bounds of the plan alone. */
  readonly by: "person" | "lead" | "policy";
  /** So many plans are looked at; the last refusal ends the run. */
  readonly rounds: number;
  readonly timeoutMs: number;
  /** With `policy`: plans with more tasks are refused; null for as many as there may be. */
  readonly policyMaxTasks: number | null;
}

/** A lead beside workers on tasks that were listed before. */
export interface ListedTeam extends Team {
  readonly form: "tasks";
  readonly leadPrompt: string;
  readonly tasks: readonly PoolTask[];
}
