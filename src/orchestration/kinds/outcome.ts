import type { RunEnd } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";

export interface Outcome {
  readonly state: RunEnd;
  readonly because: string | null;
}

/** So many failures are told by name; the rest is counted. */
const namedFailures = 5;
const longestReason = 200;

/**
 * What tasks that all ended amount to: `completed` when each has its result, `partial` when some
 * have, `failed` when none has, `cancelled` when all were taken back.
 */
export function outcomeOf(tasks: readonly Task[], noun = "task"): Outcome {
  const completed = tasks.filter(({ state }) => state === "completed");
  if (completed.length === tasks.length) return { state: "completed", because: null };
  const rest = tasks.filter(({ state }) => state !== "completed");
  if (rest.every(({ state }) => state === "cancelled") && completed.length === 0) {
    return { state: "cancelled", because: `all ${plural(tasks.length, noun)} were cancelled` };
  }
  const because = `${rest.length} of ${plural(tasks.length, noun)} without a result: ${listFailures(rest)}`;
  return { state: completed.length === 0 ? "failed" : "partial", because };
}

/** `tests: exit code 1; docs: cancelled by a person`, shortened where there are many. */
export function listFailures(tasks: readonly Task[]): string {
  const named = tasks.slice(0, namedFailures).map((task) => `${task.title}: ${whyNot(task)}`);
  const more = tasks.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/** The first line of why a task has no result. */
export function whyNot({ state, error, because }: Task): string {
  const reason = (state === "failed" ? (error ?? because) : (because ?? error))?.trim();
  if (!reason) return state;
  const [line = ""] = reason.split("\n");
  const short = line.length > longestReason ? `${line.slice(0, longestReason)}...` : line;
  return state === "cancelled" ? `cancelled: ${short}` : short;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
