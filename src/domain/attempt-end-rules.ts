import type { Decision } from "./decision.ts";
import { type Freed, longestNoteChars, type Task, type TaskHead, type Waiting } from "./task.ts";
import { presentClaim, TaskDraft } from "./task-draft.ts";
import { pauseMs } from "./task-pause.ts";

/**
 * How the attempt at a claimed task ends: completed, failed or lost. Each is guarded by the claim, so
 * that what comes after its end is not taken.
 */

/** The accepted completion; who waited for this task alone may be claimed. */
export function complete(
  task: TaskHead,
  {
    result,
    artifacts,
    freed,
    now,
  }: {
    readonly result: string | null;
    readonly artifacts: readonly string[];
    readonly freed: Freed;
    readonly now: number;
  },
): Decision {
  const held = presentClaim(task);
  const draft = new TaskDraft(now);
  draft.guardClaim(task);
  draft.change(task, {
    state: "completed",
    because: null,
    error: null,
    result,
    artifacts,
    endedAt: now,
  });
  draft.tell(task, held.sessionId, {
    type: "task_completed",
    task_id: task.id,
    holder: held.holder,
    token: held.token,
    attempt: task.attempt,
  });
  draft.guardGraph(freed.revision);
  for (const link of freed.links) draft.unblock(link);
  return draft.decision();
}

/** Files of its session that were kept after it was completed, beside those it was completed with. */
export function keepFiles(task: Task, files: readonly string[], now: number): Decision {
  const artifacts = [...new Set([...task.artifacts, ...files])];
  const draft = new TaskDraft(now);
  if (task.state !== "completed" || artifacts.length === task.artifacts.length) {
    return draft.decision();
  }
  draft.guardAsItIs(task);
  draft.change(task, { artifacts });
  return draft.decision();
}

/**
 * The holder says it could not be done: again after a pause, or failed with the last attempt.
 * @param options.jitter from 0 to 1: spreads the pauses of those that failed together
 */
export function failAttempt(
  task: TaskHead,
  {
    error,
    jitter,
    waiting,
    now,
  }: {
    readonly error: string;
    readonly jitter: number;
    readonly waiting: Waiting;
    readonly now: number;
  },
): Decision {
  const short = error.slice(0, longestNoteChars);
  const draft = new TaskDraft(now);
  if (isLastAttempt(task)) {
    draft.fail(task, { error: short, waiting });
    return draft.decision();
  }
  const notBefore = now + pauseMs(task.attempt, jitter);
  draft.giveBack(task, { as: "failed", because: short, counts: true, notBefore });
  return draft.decision();
}

/** Its holder is gone: free again at once, or failed with the last attempt. */
export function lose(
  task: TaskHead,
  {
    because,
    waiting,
    now,
  }: { readonly because: string; readonly waiting: Waiting; readonly now: number },
): Decision {
  const draft = new TaskDraft(now);
  if (isLastAttempt(task)) draft.fail(task, { error: because, waiting });
  else draft.giveBack(task, { as: "lost", because, counts: true, notBefore: null });
  return draft.decision();
}

/** Whether the present attempt was the last one: then those that wait have to be looked at. */
export function isLastAttempt({ attempt, maxAttempts }: TaskHead): boolean {
  return attempt >= maxAttempts;
}
