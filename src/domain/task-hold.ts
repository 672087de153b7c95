import type { Decision } from "./decision.ts";
import type { TaskHead } from "./task.ts";
import { formatTime } from "./time.ts";

/** Why a task that could be claimed is not given out before a moment. */
export interface TaskHold {
  readonly because: string;
  /** Epoch ms. */
  readonly until: number;
}

/** What stands at a held task; it says the same for as long as the same holds it. */
export function holdText({ because, until }: TaskHold): string {
  return `waits until ${formatTime(until)}: ${because}`;
}

/** Whether the reason at a task says that it is held, rather than why it was given back. */
export function isHeld({ because }: Pick<TaskHead, "because">): boolean {
  return because !== null && /^waits until \d{4}-\S+Z: /.test(because);
}

/**
 * Writes down at pending tasks why they are not given out, and takes that back where nothing holds
 * them any more. Nothing where they say so already.
 */
export function holdTasks(
  tasks: readonly {
    readonly task: Pick<TaskHead, "id" | "runId" | "because">;
    readonly hold: TaskHold | null;
  }[],
  now: number,
): Decision {
  const changed = tasks.flatMap(({ task, hold }) => {
    const because = hold === null ? null : holdText(hold);
    if (because === task.because || (because === null && !isHeld(task))) return [];
    return [{ task, because, until: hold === null ? null : formatTime(hold.until) }];
  });
  return {
    guards: changed.map(({ task: { id } }) => ({ noun: "task", id, expect: { state: "pending" } })),
    writes: changed.map(({ task: { id }, because }) => ({
      noun: "task",
      id,
      update: { because, updatedAt: now },
    })),
    events: changed.map(({ task: { id, runId }, because, until }) => ({
      sessionId: null,
      runId,
      at: now,
      body: { type: "task_waiting", task_id: id, because, until },
    })),
  };
}
