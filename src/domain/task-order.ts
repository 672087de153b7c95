import type { Capability, Claimant, TaskHead } from "./task.ts";
import { leftUntil, pausedUntil } from "./task-pause.ts";

/** Which of two tasks is claimed first: higher priority, then the oldest, then by id. */
export function compareTasks(
  a: Pick<TaskHead, "priority" | "createdAt" | "id">,
  b: Pick<TaskHead, "priority" | "createdAt" | "id">,
): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * Whether somebody who asks for work, not for this task, may be given it. What a run's scheduler
 * carries out is given out by that alone, with a session of its own.
 */
export function suits(task: TaskHead, claimant: Claimant, now: number): boolean {
  return (
    task.state === "pending" &&
    task.runId === claimant.runId &&
    (task.runId === null || task.execution === null) &&
    pausedUntil(task, now) === null &&
    leftUntil(task, claimant.holder ?? null, now) === null &&
    (claimant.tags.length === 0 || task.tags.some((tag) => claimant.tags.includes(tag))) &&
    isAble(task.requires, claimant)
  );
}

/** Whether somebody is what a task requires; what it leaves open anybody is. */
export function isAble(requires: Capability, { providerId, model, role }: Capability): boolean {
  return (
    (requires.providerId === null || requires.providerId === providerId) &&
    (requires.model === null || requires.model === model) &&
    (requires.role === null || requires.role === role)
  );
}
