import type { PlannedTask, RunFacts, RunKind, RunStep } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { keysInOrder, numbered } from "./keys.ts";
import { outcomeOf, whyNot } from "./outcome.ts";
import { cancelOpen, hasEnded, waitForOpen, want } from "./step.ts";
import { byAnybody, doneBy, type WorkerSpec } from "./worker.ts";

/** Independent tasks, in the order in which they were submitted. */
export interface PoolSpec {
  readonly tasks: readonly PoolTask[];
}

export interface PoolTask {
  readonly title: string;
  readonly body: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly maxAttempts: number;
  /** Places in the list, from 0, of tasks that must be completed before; absent for none. */
  readonly dependsOn?: readonly number[];
  /** What its own entry gets wrong stands in its place: the others are done all the same. */
  readonly worker: WorkerSpec | { readonly refused: string };
}

/** Ends when every task has ended; one that fails harms no other, unless the run is to fail fast. */
export const pool: RunKind = {
  name: "pool",
  next: (facts) => {
    const spec = facts.run.spec as PoolSpec;
    // asked with every change of any of them: a plan is made while there is something to plan
    const isWhole = spec.tasks.every((_, index) => facts.tasks.has(poolKey(index)));
    const missing = isWhole ? [] : plannedTasks(spec).filter(({ key }) => !facts.tasks.has(key));
    const fast = facts.run.failFast ? failFast(facts) : null;
    // what was never put on the board need not be taken back
    if (fast && fast.cancel.length > 0) return fast;
    if (!fast && missing.length > 0) return want({ tasks: missing });
    const tasks = [...facts.tasks.values()];
    if (!tasks.every(hasEnded)) return waitForOpen(facts);
    return want({ end: { ...outcomeOf(tasks), output: null } });
  },
  order: (facts) => {
    const keys = (facts.run.spec as PoolSpec).tasks.map((_, index) => poolKey(index));
    return keysInOrder(facts, keys);
  },
};

/** Takes back everything else once one of `work` failed for good; null while none did. */
export function failFast(
  facts: RunFacts,
  work: readonly Task[] = [...facts.tasks.values()],
): RunStep | null {
  const failed = work.find(({ state }) => state === "failed");
  if (!failed) return null;
  const because = `the run fails fast, and this failed: ${failed.title}: ${whyNot(failed)}`;
  return want({ cancel: cancelOpen(facts, because) });
}

/** The tasks of a pool, keys under `prefix`; a stage of a pipeline may be one. */
export function plannedTasks({ tasks }: PoolSpec, prefix = "task"): PlannedTask[] {
  return tasks.map((task, index) => ({
    ...planned(task, poolKey(index, prefix)),
    dependsOn: (task.dependsOn ?? []).map((one) => poolKey(one, prefix)),
  }));
}

function poolKey(index: number, prefix = "task"): string {
  return numbered(prefix, index + 1);
}

function planned(
  { title, body, priority, tags, maxAttempts, worker }: PoolTask,
  key: string,
): Omit<PlannedTask, "dependsOn"> {
  const task = { key, title, body, priority, tags, maxAttempts };
  if ("refused" in worker) {
    return { ...task, ...byAnybody, refused: worker.refused };
  }
  return { ...task, ...doneBy(worker) };
}

/** The tasks in submit order, with their results: as `facts` has them now. */
export function poolResults(facts: RunFacts): Task[] {
  return pool.order(facts).flatMap((key) => facts.tasks.get(key) ?? []);
}
