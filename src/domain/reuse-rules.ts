import { isDelivered, type Delivery } from "./delivery.ts";
import type { Session } from "./session.ts";
import { isStructured } from "./source.ts";
import type { Task, TaskExecution } from "./task.ts";
import type { Turn } from "./turn.ts";

/**
 * Whether an idle session may carry a task out as its next turn: it was asked for, nothing of the
 * task's own has to be made first, and nobody had it before, since what failed or was given back
 * begins without memories. A worktree is one attempt's, and a toolset's leases and claims are one
 * task's.
 */
export function mayFollow({
  execution,
  pastClaim,
}: Pick<Task, "execution" | "pastClaim">): boolean {
  return (
    execution?.reuse === true &&
    execution.mode !== "worktree" &&
    execution.endsWith === "turn" &&
    execution.toolset === undefined &&
    execution.filter === undefined &&
    (pastClaim ?? null) === null
  );
}

type Alike = Pick<Task, "runId" | "execution">;

/** Whether the session of one task was started just as one for the other would be. */
export function isAlike(before: Alike, next: Alike): boolean {
  if (before.runId === null || before.runId !== next.runId) return false;
  if (before.execution === null || next.execution === null) return false;
  return settingsOf(before.execution) === settingsOf(next.execution);
}

function settingsOf(execution: TaskExecution): string {
  const { providerId, model, effort, profile, systemPrompt, mode, repoPath, endsWith } = execution;
  const toolset = execution.toolset ?? null;
  const settings = [providerId, model, effort, profile, systemPrompt, mode, repoPath];
  return JSON.stringify([...settings, endsWith, toolset]);
}

/** All that is known of what a session did. */
export interface SessionPast {
  readonly session: Session;
  readonly turns: readonly Turn[];
  readonly deliveries: readonly Delivery[];
  readonly promptsOpen: boolean;
  /** Leases, or tasks besides the run's: they are held for as long as it lives. */
  readonly holdsMore: boolean;
}

/**
 * Whether a session is as fit for a further task as a new one: idle, each text it was given proven
 * to be taken, and each turn one of its run's own, completed by the word of the agent itself. What
 * was only seen on a screen, or had somebody else in it, is ended instead.
 */
export function isFit(past: SessionPast): boolean {
  const { session, turns, deliveries, promptsOpen, holdsMore } = past;
  const { state, closing, limit, timedOutAt, acceptance, backgroundJobs, author } = session;
  return (
    state === "idle" &&
    closing === null &&
    limit === null &&
    timedOutAt === null &&
    acceptance !== "none" &&
    backgroundJobs === 0 &&
    !promptsOpen &&
    !holdsMore &&
    deliveries.every((delivery) => delivery.state === "accepted") &&
    turns.length > 0 &&
    turns.every(
      (turn) =>
        turn.state === "completed" &&
        turn.author === author &&
        turn.deliveryId !== null &&
        turn.endedBy.some(isStructured),
    )
  );
}

/**
 * The turn that a text opened and what came after it; nothing while it was not taken.
 * @param turns in the order the agent took them
 */
export function turnsFrom(
  turns: readonly Turn[],
  delivery: Pick<Delivery, "id"> | undefined,
): readonly Turn[] {
  const opened = turns.findIndex(
    ({ deliveryId }) => deliveryId !== null && deliveryId === delivery?.id,
  );
  return opened === -1 ? [] : turns.slice(opened);
}

/** How far the text of a task is with which an idle session was given it. */
export type HandOver = "missing" | "on_its_way" | "taken" | "not_taken";

export function judgeHandOver(delivery: Delivery | undefined): HandOver {
  if (delivery === undefined) return "missing";
  if (!isDelivered(delivery)) return "on_its_way";
  return delivery.state === "accepted" ? "taken" : "not_taken";
}

/** Whether a text cannot have reached its agent: it was never begun to be typed. */
export function wasNeverTyped(delivery: Delivery | undefined): boolean {
  return delivery === undefined || (delivery.pastedAt === null && delivery.submittedAt === null);
}
