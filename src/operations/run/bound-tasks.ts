import type { TaskState } from "../../domain/task.ts";
import type { Z } from "../define.ts";
import type { RunView } from "./run-json.ts";

/** So many a host's model is shown that does not say how many it wants. */
export const hostTasks = 200;

export function taskLimit(z: Z) {
  return z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe("Tasks at most, those that failed or are at work first");
}

/** What somebody looks for first in a run of thousands. */
const urgency: readonly TaskState[] = [
  "failed",
  "claimed",
  "completed",
  "blocked",
  "pending",
  "cancelled",
];

/** A view with no more tasks than the limit; the others are told by how many of each state. */
export function boundTasks(view: RunView, limit: number | undefined): RunView {
  if (limit === undefined || view.tasks.length <= limit) return view;
  const sorted = view.tasks.toSorted((a, b) => rank(a.state) - rank(b.state));
  const left: Record<string, number> = {};
  for (const { state } of sorted.slice(limit)) left[state] = (left[state] ?? 0) + 1;
  return { ...view, tasks: sorted.slice(0, limit), tasks_not_shown: left };
}

function rank(state: string): number {
  const at = urgency.indexOf(state as TaskState);
  return at < 0 ? urgency.length : at;
}
