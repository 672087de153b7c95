import type { RunFacts, RunStep } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { numbered } from "./keys.ts";
import { outcomeOf, whyNot } from "./outcome.ts";
import { synthesisPrompt } from "./swarm-prompts.ts";
import { end, hasEnded, waitForOpen, want } from "./step.ts";
import { doneBy, type WorkerSpec } from "./worker.ts";

export interface Synthesis {
  /** All ended, at least one with a result. */
  readonly work: readonly Task[];
  readonly by: WorkerSpec;
  readonly goal: string;
  /** What one of the work is called. */
  readonly noun: string;
}

/**
 * The last step of a run: one agent puts the results together, and is told what has none. The end is
 * that of the work; the synthesis does not make a part into the whole. Its key says how many results
 * it is about, so that a run whose failures were retried gets a new one.
 */
export function synthesise(facts: RunFacts, { work, by, goal, noun }: Synthesis): RunStep {
  const results = work.filter(({ state }) => state === "completed").length;
  const key = numbered("synthesis", results);
  const task = facts.tasks.get(key);
  if (!task) {
    const body = synthesisPrompt(goal, work);
    const blank = { priority: 0, tags: [], dependsOn: [], maxAttempts: 3 };
    return want({ tasks: [{ ...blank, key, title: "synthesis", body, ...doneBy(by) }] });
  }
  if ([...facts.tasks.values()].some((one) => !hasEnded(one))) return waitForOpen(facts);
  const { state, because } = outcomeOf(work, noun);
  if (task.state === "completed") return end(state, because, task.result);
  const failed = `the synthesis has no result: ${whyNot(task)}`;
  return end("partial", because === null ? failed : `${because}; ${failed}`);
}
