import { attemptKey, isScheduled } from "../../domain/attempt-key.ts";
import { judgeAttempt, type AttemptFacts } from "../../domain/attempt-rules.ts";
import { isDelivered } from "../../domain/delivery.ts";
import { judgeHandOver, turnsFrom, type HandOver } from "../../domain/reuse-rules.ts";
import type { Session } from "../../domain/session.ts";
import type { Task } from "../../domain/task.ts";
import { isEnded } from "../../domain/turn.ts";
import type { Store } from "../../store/store.ts";

/**
 * How far the present attempt at a task is, from the store alone: a supervisor that comes after one
 * that was killed finds where that one was.
 */

/** Its session; undefined when none was started. */
export async function sessionOf(
  { sessions }: Pick<Store, "sessions">,
  task: Task,
): Promise<Session | undefined> {
  const { claim } = task;
  if (!claim) return undefined;
  return claim.sessionId === null
    ? sessions.byIdempotencyKey(attemptKey(task, claim.token))
    : sessions.get(claim.sessionId);
}

/** How far the text is with which an idle session was given the task; null for one started for it. */
export async function handOverOf(
  { deliveries }: Pick<Store, "deliveries">,
  task: Task,
  session: Session,
): Promise<HandOver | null> {
  const key = presentKey(task);
  if (session.idempotencyKey === key) return null;
  return judgeHandOver(await deliveries.byIdempotencyKey(key));
}

/** What its end is judged by. */
export async function factsOf(
  store: Pick<Store, "turns" | "deliveries" | "prompts">,
  task: Task,
  session: Session,
): Promise<AttemptFacts> {
  const key = presentKey(task);
  const [turns, deliveries, prompts, reminded] = await Promise.all([
    store.turns.ofSession(session.id),
    store.deliveries.ofSession(session.id),
    store.prompts.open(session.id),
    store.deliveries.byIdempotencyKey(reminderKey(task)),
  ]);
  return {
    task,
    session,
    // what it did for tasks before is theirs
    turns:
      session.idempotencyKey === key
        ? turns
        : turnsFrom(
            turns,
            deliveries.find(({ idempotencyKey }) => idempotencyKey === key),
          ),
    deliveriesOpen: deliveries.some((delivery) => !isDelivered(delivery)),
    promptsOpen: prompts.length > 0,
    reminded: reminded !== undefined,
  };
}

/**
 * What the turn of a task that a run gave out has come to, whatever bounds it had: `completed` when
 * its result is there, `going` while it is not over.
 */
export async function turnOf(
  store: Pick<Store, "sessions" | "turns" | "deliveries" | "prompts">,
  task: Task,
  now: number,
): Promise<"completed" | "going" | "none"> {
  const { claim } = task;
  // what others took is judged by what they say of it
  if (task.state !== "claimed" || !claim || !isScheduled(task.id, claim)) return "none";
  const session = await sessionOf(store, task);
  if (!session) return "none";
  const facts = await factsOf(store, task, session);
  const { kind } = judgeAttempt(facts, { timeoutAt: null, patienceMs: null }, now);
  if (kind === "completed") return kind;
  return kind === "going" && !facts.turns.every((turn) => isEnded(turn)) ? kind : "none";
}

/** The key of its session, or of the text with which an idle one was given the task. */
export function presentKey(task: Task): string {
  return attemptKey(task, task.claim?.token ?? 0);
}

/** The key of the text that its session is reminded with. */
export function reminderKey(task: Task): string {
  return `remind:${presentKey(task)}`;
}
