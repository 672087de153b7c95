import type { RunFacts, RunKind, RunStep } from "../../domain/run.ts";
import { applyTransform, isPure } from "../../domain/transform.ts";
import { keysInOrder } from "./keys.ts";
import { outcomeOf, whyNot } from "./outcome.ts";
import type { PipelineSpec, Stage } from "./pipeline-spec.ts";
import { failFast } from "./pool.ts";
import { belongsTo, isTransform, responseOf, tasksOf, transformKey } from "./stage-facts.ts";
import type { StageContext } from "./stage-prompt.ts";
import { planStage, planTransform, refusedStage } from "./stage-plan.ts";
import { end, hasEnded, nothing, waitForOpen, want } from "./step.ts";

/**
 * One stage after the other, each with the response of the one before. The first that fails ends
 * the run with the results so far; the output is the last response there is.
 */
export const pipeline: RunKind = {
  name: "pipeline",
  next: (facts) => {
    const spec = facts.run.spec as PipelineSpec;
    const context: Context = { previous: null, input: spec.input, responses: new Map() };
    const first = Math.max(0, spec.from === null ? 0 : indexOf(spec, spec.from));
    let done = 0;
    for (const [index, stage] of spec.stages.entries()) {
      const come = index < first ? earlier(spec, stage) : advance(facts, stage, context);
      if ("step" in come) return come.step;
      if ("fault" in come) return close(facts, { stage, fault: come.fault, done, context });
      if (index >= first) done += 1;
      context.responses.set(stage.name, come.response);
      context.previous = come.response;
    }
    const open = [...facts.tasks.values()].some((task) => !hasEnded(task));
    return open ? waitForOpen(facts) : end("completed", null, context.previous);
  },
  order: (facts) => {
    const { stages } = facts.run.spec as PipelineSpec;
    const planned = stages.flatMap(({ name }) => {
      const own = [...facts.tasks.keys()].filter((key) => belongsTo(key, name)).toSorted();
      // what shaped the stage's input stands before it
      return own.toSorted((a, b) => Number(isTransform(b)) - Number(isTransform(a)));
    });
    return keysInOrder(facts, planned);
  },
};

/** What the stages of a run came to, by name: what another run can begin with. */
export function stageResponses(facts: RunFacts): Record<string, string> {
  const spec = facts.run.spec as PipelineSpec;
  const responses: Record<string, string> = { ...spec.earlier };
  for (const stage of spec.stages) {
    const response = responseOf(facts, stage);
    if (response !== null) responses[stage.name] = response;
  }
  return responses;
}

interface Context extends StageContext {
  previous: string | null;
  readonly responses: Map<string, string>;
}

/** How far a stage has come: something is wanted, it went wrong for good, or it is over. */
type Come = { readonly step: RunStep } | { readonly fault: string } | { readonly response: string };

function earlier(spec: PipelineSpec, { name }: Stage): Come {
  return { response: Object.hasOwn(spec.earlier, name) ? (spec.earlier[name] ?? "") : "" };
}

function advance(facts: RunFacts, stage: Stage, context: Context): Come {
  const tasks = tasksOf(facts, stage);
  if (tasks.length === 0) {
    const input = transformed(facts, stage, context.previous);
    if ("step" in input || "failed" in input) {
      return "step" in input ? input : { fault: input.failed };
    }
    const shaped = { ...context, previous: "fault" in input ? null : input.text };
    const planned = "fault" in input ? input : planStage(stage, shaped);
    // what cannot be asked for is an entry all the same: the results say where it ended
    const wanted = "fault" in planned ? [refusedStage(stage, planned.fault)] : planned.tasks;
    return { step: want({ tasks: wanted }) };
  }
  const fast = facts.run.failFast && stage.work.kind !== "prompt" ? failFast(facts) : null;
  if (fast && fast.cancel.length > 0) return { step: fast };
  if (!tasks.every(hasEnded)) return { step: nothing };
  const response = responseOf(facts, stage);
  if (response !== null) return { response };
  const [only] = tasks;
  return { fault: tasks.length === 1 && only ? whyNot(only) : (outcomeOf(tasks).because ?? "") };
}

/** `failed`: a task that shapes it failed, which is an entry of its own and may be retried. */
type Shaped =
  | { readonly text: string | null }
  | { readonly fault: string }
  | { readonly failed: string }
  | { readonly step: RunStep };

/** The previous response as this stage gets it; shaped by rules, or by a task first. */
function transformed(facts: RunFacts, stage: Stage, previous: string | null): Shaped {
  if (previous === null) return { text: null };
  let text = previous;
  for (const [index, transform] of stage.transforms.entries()) {
    const which = `transform ${index + 1} (${transform.kind})`;
    if (isPure(transform)) {
      const result = applyTransform(transform, text);
      if ("fault" in result) return { fault: `${which}: ${result.fault}` };
      text = result.text;
      continue;
    }
    const key = transformKey(stage, index);
    const task = facts.tasks.get(key);
    if (!task) return { step: want({ tasks: [planTransform(stage, transform, { key, text })] }) };
    if (!hasEnded(task)) return { step: nothing };
    if (task.state !== "completed") return { failed: `${which}: ${whyNot(task)}` };
    text = task.result ?? "";
  }
  return { text };
}

function close(
  facts: RunFacts,
  at: {
    readonly stage: Stage;
    readonly fault: string;
    readonly done: number;
    readonly context: Context;
  },
): RunStep {
  if ([...facts.tasks.values()].some((task) => !hasEnded(task))) return waitForOpen(facts);
  const { stages } = facts.run.spec as PipelineSpec;
  const because = `stage ${at.stage.name} (${indexOf({ stages }, at.stage.name) + 1} of ${stages.length}): ${at.fault}`;
  const cancelled = tasksOf(facts, at.stage).every(({ state }) => state === "cancelled");
  const state = at.done > 0 ? "partial" : cancelled ? "cancelled" : "failed";
  return end(state, because, at.context.previous);
}

function indexOf({ stages }: Pick<PipelineSpec, "stages">, name: string): number {
  return stages.findIndex((stage) => stage.name === name);
}
