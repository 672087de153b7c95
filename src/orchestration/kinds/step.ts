import type { RunFacts, RunStep } from "../../domain/run.ts";
import { endTaskStates, type Task } from "../../domain/task.ts";

/** Wants nothing and waits. */
export const nothing: RunStep = { tasks: [], approvals: [], cancel: [], end: null };

export function want(step: Partial<RunStep>): RunStep {
  return { ...nothing, ...step };
}

export function end(
  state: NonNullable<RunStep["end"]>["state"],
  because: string | null,
  output: string | null = null,
): RunStep {
  return want({ end: { state, because, output } });
}

export function hasEnded({ state }: Pick<Task, "state">): boolean {
  return (endTaskStates as readonly string[]).includes(state);
}

/** Every task that has not ended yet, to be taken back. */
export function cancelOpen(facts: RunFacts, because: string): RunStep["cancel"] {
  return [...facts.tasks].filter(([, task]) => !hasEnded(task)).map(([key]) => ({ key, because }));
}

/**
 * What to want while tasks are open: nothing, until the only ones left depend on a task of the run
 * that ended without a result, directly or not; nobody can do these any more. As long as anything
 * else is under way they are left alone: the one that failed may be retried meanwhile.
 */
export function waitForOpen(facts: RunFacts): RunStep {
  const open = [...facts.tasks].filter(([, task]) => !hasEnded(task));
  const lost = new Map(
    [...facts.tasks.values()]
      .filter((task) => hasEnded(task) && task.state !== "completed")
      .map((task) => [task.id, task.title]),
  );
  if (lost.size === 0 && open.length > 0) return nothing;
  const stuck = new Map<string, string>();
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const [key, task] of open) {
      const cause = task.dependsOn.find((id) => lost.has(id));
      if (cause === undefined || stuck.has(key)) continue;
      stuck.set(key, `it depends on "${lost.get(cause)}", which has no result`);
      lost.set(task.id, task.title);
    }
  }
  if (stuck.size < open.length) return nothing;
  return want({ cancel: [...stuck].map(([key, because]) => ({ key, because })) });
}
