import type { Decision } from "./decision.ts";
import {
  longestNoteChars,
  type TaskHead,
  type TaskLink,
  type TaskNote,
  type Waiting,
} from "./task.ts";
import { pastClaimOf, TaskDraft } from "./task-draft.ts";
import { causeOf } from "./task-planning.ts";

/** What may become of a task by the word of somebody who has no claim on it. */

/** Ends a task that has not ended; a claim on it is worth nothing from then on. */
export function cancel(
  task: TaskHead,
  {
    because,
    by,
    waiting,
    now,
  }: {
    readonly because: string;
    readonly by: string;
    readonly waiting: Waiting;
    readonly now: number;
  },
): Decision {
  const draft = new TaskDraft(now);
  draft.guardAsItIs(task);
  const short = because.slice(0, longestNoteChars);
  draft.change(task, { state: "cancelled", because: short, endedAt: now, notBefore: null });
  const sessionId = task.claim?.sessionId ?? null;
  draft.tell(task, sessionId, { type: "task_cancelled", task_id: task.id, because: short, by });
  draft.blame({ ...task, state: "cancelled", because: short }, waiting);
  return draft.decision();
}

/**
 * A failed or cancelled task begins anew under its id, with at least one attempt more; who waits
 * for it may hope again.
 * @param options.unmet what it waits for itself that is not completed
 */
export function retry(
  task: TaskHead,
  {
    by,
    unmet,
    waiting,
    now,
  }: {
    readonly by: string;
    readonly unmet: readonly TaskLink[];
    readonly waiting: Waiting;
    readonly now: number;
  },
): Decision {
  const draft = new TaskDraft(now);
  const others = new Map(unmet.map((link) => [link.id, link]));
  const state = unmet.length === 0 ? "pending" : "blocked";
  const because = causeOf(task, others);
  draft.guardAsItIs(task);
  draft.change(task, {
    state,
    because,
    claim: null,
    notBefore: null,
    error: null,
    endedAt: null,
    maxAttempts: Math.max(task.maxAttempts, task.attempt + 1),
    ...(task.claim === null
      ? {}
      : { pastClaim: pastClaimOf(task.claim, "failed", task.because ?? "") }),
  });
  draft.tell(task, null, { type: "task_retried", task_id: task.id, by });
  draft.blame({ ...task, state, because }, waiting);
  return draft.decision();
}

/** A word about a task, from whoever knows something. */
export function note(
  task: Pick<TaskHead, "id" | "runId">,
  written: TaskNote,
  sessionId: string | null,
): Decision {
  return {
    guards: [],
    writes: [{ noun: "note", insert: written }],
    events: [
      {
        sessionId,
        runId: task.runId,
        at: written.at,
        body: { type: "task_noted", task_id: task.id, note_id: written.id, by: written.author },
      },
    ],
  };
}
