import { isTaskEnd, type TaskLink } from "../../domain/task.ts";
import { Bell } from "../../platform/bell.ts";
import { elapsedMs } from "../../platform/clock.ts";
import type { Store } from "../../store/store.ts";

/** `stuck`: one of them waits for a task that failed or was cancelled. */
export type TaskWaitOutcome = "ended" | "stuck" | "timeout";

/** Waits until all of some tasks have ended, or any; woken by commits, never by a clock. */
export async function waitForTasks(
  store: Pick<Store, "tasks" | "onCommit">,
  {
    taskIds,
    mode,
    timeoutMs,
    signal,
  }: {
    readonly taskIds: readonly string[];
    readonly mode: "any" | "all";
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
): Promise<TaskWaitOutcome> {
  const wanted = new Set(taskIds);
  const bell = new Bell();
  const stop = store.onCommit((events) => {
    const isOurs = events.some(({ body }) => "task_id" in body && wanted.has(body.task_id ?? ""));
    if (isOurs) bell.ring();
  });
  const until = elapsedMs() + timeoutMs;
  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = judge(await store.tasks.links(taskIds), mode);
      if (outcome) return outcome;
      const left = until - elapsedMs();
      if (left <= 0) return "timeout";
      await bell.wait(left, signal);
    }
  } finally {
    stop();
  }
}

function judge(links: readonly TaskLink[], mode: "any" | "all"): TaskWaitOutcome | undefined {
  const ended = links.filter(({ state }) => isTaskEnd(state));
  if (mode === "any" ? ended.length > 0 : ended.length === links.length) return "ended";
  const stuck = links.filter(({ state, because }) => state === "blocked" && because !== null);
  const left = links.length - ended.length;
  // with `any`, another of them may still end
  return stuck.length > 0 && (mode === "all" || stuck.length === left) ? "stuck" : undefined;
}
