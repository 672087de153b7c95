import { jsonCandidates } from "../../domain/json/find-json.ts";
import type { PlannedTask } from "../../domain/run.ts";
import { longestTaskBytes } from "../../domain/task.ts";
import { fillTemplate, itemLookup } from "../../domain/template.ts";
import type { EffectTransform } from "../../domain/transform.ts";
import type { Stage } from "./pipeline-spec.ts";
import { plannedTasks, type PoolSpec, type PoolTask } from "./pool.ts";
import { stageKey } from "./stage-facts.ts";
import { stagePrompt, type StageContext } from "./stage-prompt.ts";
import { shortTitle } from "./title.ts";
import { byAnybody, doneBy, type WorkerSpec } from "./worker.ts";

/** The tasks that do a stage, with everything before it put in. */
export function planStage(
  stage: Stage,
  context: StageContext,
): { readonly tasks: readonly PlannedTask[] } | { readonly fault: string } {
  const { work, maxAttempts } = stage;
  const blank = { priority: 0, tags: [], maxAttempts };
  switch (work.kind) {
    case "prompt": {
      const body = stagePrompt(work.prompt, context);
      const task = { ...blank, key: stageKey(stage), title: stage.name, body, dependsOn: [] };
      return { tasks: [sized({ ...task, ...doneBy(work.worker) })] };
    }
    case "pool":
      return {
        tasks: poolOf(stage, work, (task) => ({ ...task, body: stagePrompt(task.body, context) })),
      };
    case "each": {
      const list = jsonCandidates(context.previous ?? "").find((one) => Array.isArray(one));
      if (!Array.isArray(list)) return { fault: "the previous response holds no JSON list" };
      if (list.length === 0) return { fault: "the list in the previous response is empty" };
      if (list.length > work.most) {
        return {
          fault: `the list in the previous response has ${list.length} entries, not at most ${work.most}`,
        };
      }
      const tasks = list.map((item: unknown, index): PoolTask => {
        const lookup = itemLookup(item, index);
        const title =
          work.title === null ? `${stage.name} ${index + 1}` : fillTemplate(work.title, lookup);
        return {
          ...blank,
          title: shortTitle(title),
          body: stagePrompt(work.prompt, context, lookup),
          worker: work.worker,
        };
      });
      return { tasks: poolOf(stage, { tasks }, (task) => task) };
    }
  }
}

/** What shapes a response outside of the rules: a command, or a program that claims the task. */
export function planTransform(
  stage: Stage,
  transform: EffectTransform,
  { key, text }: { readonly key: string; readonly text: string },
): PlannedTask {
  const task = { key, body: text, priority: 0, dependsOn: [], maxAttempts: 1 };
  if (transform.kind === "program") {
    const { name } = transform;
    const tags = [`transform:${name}`];
    return sized({ ...task, title: `${stage.name}: ${name}`, tags, ...byAnybody });
  }
  const { command, timeoutMs, maxBytes } = transform;
  const title = shortTitle(`${stage.name}: ${command}`);
  const worker = workerOf(stage);
  if (!worker) return refusedStage(stage, "none of its tasks can be done");
  const { requires, execution } = doneBy({ ...worker, timeoutMs });
  const filter = { command, timeoutMs, maxBytes };
  return sized({ ...task, title, tags: [], requires, execution: { ...execution, filter } });
}

/** A stage that cannot be asked for is an entry all the same: the results say where they end. */
export function refusedStage(stage: Stage, refused: string): PlannedTask {
  return {
    key: stageKey(stage),
    title: stage.name,
    body: "",
    priority: 0,
    tags: [],
    ...byAnybody,
    dependsOn: [],
    maxAttempts: 1,
    refused,
  };
}

function poolOf(
  stage: Stage,
  { tasks }: PoolSpec,
  fill: (task: PoolTask) => PoolTask,
): PlannedTask[] {
  return plannedTasks({ tasks: tasks.map(fill) }, `${stageKey(stage)}.task`).map(sized);
}

/** A response can make a prompt longer than any agent is given. */
function sized(task: PlannedTask): PlannedTask {
  const { length } = new TextEncoder().encode(task.body);
  if (length <= longestTaskBytes) return task;
  const refused = `its prompt has ${length} bytes with what came before it, not at most ${longestTaskBytes}; shorten that by a transform`;
  return { ...task, body: "", refused };
}

function workerOf({ work }: Stage): WorkerSpec | undefined {
  if (work.kind !== "pool") return work.worker;
  const workers = work.tasks.map(({ worker }) => worker);
  return workers.flatMap((worker) => ("refused" in worker ? [] : [worker]))[0];
}
