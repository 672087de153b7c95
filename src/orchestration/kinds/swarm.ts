import type { PlannedTask, RunFacts, RunKind, RunStep } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { readDecomposition, type Decomposition } from "./decomposition.ts";
import { keysInOrder, numbered } from "./keys.ts";
import { outcomeOf, whyNot } from "./outcome.ts";
import { failFast } from "./pool.ts";
import { decomposePrompt, partPrompt, repairPrompt } from "./swarm-prompts.ts";
import { end, hasEnded, nothing, waitForOpen, want } from "./step.ts";
import { synthesise } from "./synthesis.ts";
import { doneBy, type WorkerSpec } from "./worker.ts";

/** One goal, divided by an agent, worked on by many, put together by one. */
export interface SwarmSpec {
  readonly goal: string;
  /** So many parts, exactly. */
  readonly count: number;
  readonly decomposer: WorkerSpec;
  readonly worker: WorkerSpec;
  readonly synthesiser: WorkerSpec;
  readonly maxAttempts: number;
}

/**
 * Decomposition, checked and repaired once; then the parts at the same time; then a synthesis that is
 * told what failed. Without a single result there is nothing to put together, and the run failed.
 */
export const swarm: RunKind = {
  name: "swarm",
  next: (facts) => {
    const spec = facts.run.spec as SwarmSpec;
    const divided = divide(facts, spec);
    if ("step" in divided) return divided.step;
    const parts = divided.parts.filter(({ key }) => !facts.tasks.has(key));
    const work = workOf(facts);
    const fast = facts.run.failFast ? failFast(facts, work) : null;
    if (fast && fast.cancel.length > 0) return fast;
    if (!fast && parts.length > 0) return want({ tasks: parts });
    if (!work.every(hasEnded)) return waitForOpen(facts);
    const outcome = outcomeOf(work, "part");
    if (fast || outcome.state === "failed" || outcome.state === "cancelled") {
      return end(outcome.state, outcome.because);
    }
    return synthesise(facts, { work, by: spec.synthesiser, goal: spec.goal, noun: "part" });
  },
  order: (facts) => {
    const keys = [...facts.tasks.keys()];
    const parts = keys.filter((key) => key.startsWith("part-")).toSorted();
    const synthesis = keys.filter((key) => key.startsWith("synthesis-")).toSorted();
    return keysInOrder(facts, ["decompose", "repair", ...parts, ...synthesis]);
  },
};

type Divided = { readonly parts: readonly PlannedTask[] } | { readonly step: RunStep };

function divide(facts: RunFacts, spec: SwarmSpec): Divided {
  const { goal, count } = spec;
  const first = facts.tasks.get("decompose");
  if (!first) {
    return ask(spec, { key: "decompose", title: "decompose", body: decomposePrompt(goal, count) });
  }
  const read = answerOf(first, count);
  if (!read) return { step: nothing };
  if ("subtasks" in read) return { parts: read.subtasks.map(plan(spec)) };
  if ("lost" in read) return lost(first, "the decomposition", read.lost);
  const repair = facts.tasks.get("repair");
  if (!repair) {
    const body = repairPrompt(goal, count, { task: first, faults: read.faults });
    return ask(spec, { key: "repair", title: "decompose again", body });
  }
  const repaired = answerOf(repair, count);
  if (!repaired) return { step: nothing };
  if ("subtasks" in repaired) return { parts: repaired.subtasks.map(plan(spec)) };
  if ("lost" in repaired) return lost(repair, "the repair of the decomposition", repaired.lost);
  return lost(repair, "the decomposition", `wrong twice: ${repaired.faults.join("; ")}`);
}

/** Null while it is open. */
function answerOf(task: Task, count: number): Decomposition | { readonly lost: string } | null {
  if (!hasEnded(task)) return null;
  if (task.state !== "completed") return { lost: whyNot(task) };
  return readDecomposition(task.result ?? "", count);
}

function lost({ state }: Task, what: string, why: string): Divided {
  return { step: end(state === "cancelled" ? "cancelled" : "failed", `${what}: ${why}`) };
}

function ask(
  { decomposer, maxAttempts }: SwarmSpec,
  text: Pick<PlannedTask, "key" | "title" | "body">,
): Divided {
  const task = { ...text, priority: 0, tags: [], dependsOn: [], maxAttempts };
  return { step: want({ tasks: [{ ...task, ...doneBy(decomposer) }] }) };
}

function plan({ goal, count, worker, maxAttempts }: SwarmSpec) {
  return (
    part: { readonly title: string; readonly description: string },
    index: number,
  ): PlannedTask => ({
    key: numbered("part", index + 1),
    title: part.title,
    body: partPrompt(goal, part, { index, count }),
    priority: 0,
    tags: [],
    dependsOn: [],
    maxAttempts,
    ...doneBy(worker),
  });
}

/** The parts, and what others put into the run, in order. */
function workOf(facts: RunFacts): Task[] {
  return swarm
    .order(facts)
    .filter((key) => !/^(decompose|repair|synthesis-\d+)$/.test(key))
    .flatMap((key) => facts.tasks.get(key) ?? []);
}
