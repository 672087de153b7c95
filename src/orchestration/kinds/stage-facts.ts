import type { RunFacts } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { whyNot } from "./outcome.ts";
import type { Stage } from "./pipeline-spec.ts";
import { hasEnded } from "./step.ts";

type Named = Pick<Stage, "name">;

export function stageKey({ name }: Named): string {
  return `stage.${name}`;
}

export function transformKey(stage: Named, index: number): string {
  return `${stageKey(stage)}.transform-${index + 1}`;
}

export function isTransform(key: string): boolean {
  return /\.transform-\d+$/.test(key);
}

/** Whether a task does something for the stage of this name. */
export function belongsTo(key: string, name: string): boolean {
  return key === stageKey({ name }) || key.startsWith(`${stageKey({ name })}.`);
}

/** The tasks that do a stage, in order, without those that shape its input. */
export function tasksOf(facts: RunFacts, stage: Stage): Task[] {
  const key = stageKey(stage);
  const only = facts.tasks.get(key);
  if (only) return [only];
  if (stage.work.kind === "prompt") return [];
  return [...facts.tasks]
    .filter(([one]) => one.startsWith(`${key}.task-`))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, task]) => task);
}

/** Null while it is open, and when it ended without a response to go on with. */
export function responseOf(facts: RunFacts, stage: Stage): string | null {
  const tasks = tasksOf(facts, stage);
  if (tasks.length === 0 || !tasks.every(hasEnded)) return null;
  const completed = tasks.filter(({ state }) => state === "completed");
  if (stage.work.kind === "prompt") return completed[0]?.result ?? (completed[0] ? "" : null);
  const enough = stage.work.allowPartial ? completed.length > 0 : completed.length === tasks.length;
  return enough ? tasks.map(section).join("\n\n") : null;
}

/** What failed is told: the next stage is not to take a part for the whole. */
function section(task: Task): string {
  const text = task.state === "completed" ? (task.result ?? "") : `(no result: ${whyNot(task)})`;
  return `## ${task.title}\n\n${text}`;
}
