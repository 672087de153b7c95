import { processEnded } from "./derive-state.ts";
import { isEndState, type Session } from "./session.ts";
import type { Task } from "./task.ts";
import { isEnded, type Turn } from "./turn.ts";

/** One attempt at a task: the session that was started for it, and what that has done so far. */
export interface AttemptFacts {
  readonly task: Task;
  readonly session: Session;
  /** All of the session, in the order the agent took them. */
  readonly turns: readonly Turn[];
  readonly deliveriesOpen: boolean;
  readonly promptsOpen: boolean;
  /** It was told once that its turn ended and the task did not. */
  readonly reminded: boolean;
}

export interface AttemptBounds {
  /** From then on it is ended; null for never. Epoch ms. */
  readonly timeoutAt: number | null;
  /** So long it may wait for an answer, or stand still after an interrupt; null for ever. */
  readonly patienceMs: number | null;
}

/** What an attempt has come to; `until` is the moment at which time alone may change that. */
export type Verdict =
  | { readonly kind: "going"; readonly until: number | null }
  /** Its turn is over, and it never said what became of the task. */
  | { readonly kind: "silent" }
  | { readonly kind: "completed"; readonly result: string | null }
  | {
      readonly kind: "failed";
      readonly because: string;
      readonly mayRetry: boolean;
      /** It is gone through no fault of its own: nothing is gained by a pause before the next. */
      readonly isLost?: boolean;
    };

/**
 * Judges an attempt by its session alone, so that whoever looks, after whatever was killed, comes to
 * the same. An agent that ended its turn and its process at once has done its work: turns count
 * before the end of the process.
 */
export function judgeAttempt(facts: AttemptFacts, bounds: AttemptBounds, now: number): Verdict {
  const { task, session } = facts;
  const last = facts.turns.findLast(isEnded);
  const isOver = isEndState(session.state);
  const isQuiet =
    isOver ||
    (!facts.deliveriesOpen && !facts.promptsOpen && facts.turns.every((turn) => isEnded(turn)));

  if (last?.state === "completed" && isQuiet) {
    if (task.execution?.endsWith !== "completion")
      return { kind: "completed", result: last.result };
    if (!isOver && !facts.reminded) return { kind: "silent" };
    return failed("its turn ended, and it did not say that the task is done", true);
  }
  if (isOver) return endedWithout(session, last);
  if (last?.state === "failed" && isQuiet) {
    return failed(`its turn failed: ${last.error ?? "no reason was told"}`, true);
  }
  return bounded(facts, bounds, now, isQuiet ? last : undefined);
}

function endedWithout(session: Session, last: Turn | undefined): Verdict {
  if (session.timedOutAt !== null) return failed("its time was over", true);
  if (session.closing?.source === "operation" && session.state === "cancelled") {
    // who ended it on purpose does not want it begun again
    return failed(`its session was ended: ${session.closing.because}`, false);
  }
  const { state, stateBecause } = session;
  const verdict = failed(`its session ended ${state}: ${stateBecause}${more(last, session)}`, true);
  return session.state === "lost" ? { ...verdict, isLost: true } : verdict;
}

/** What its last turn says beside it: one that ended with its session has the session's own reason. */
function more(last: Turn | undefined, { stateBecause }: Session): string {
  const error = last?.error ?? null;
  const isSaid = error === null || error === processEnded || stateBecause.includes(error);
  return isSaid ? "" : `: ${error}`;
}

function bounded(
  { session, task }: AttemptFacts,
  { timeoutAt, patienceMs }: AttemptBounds,
  now: number,
  last: Turn | undefined,
): Verdict {
  if (timeoutAt !== null && now >= timeoutAt) {
    const since = task.claim?.claimedAt ?? now;
    return failed(`it took longer than ${Math.round((timeoutAt - since) / 1000)} s`, true);
  }
  const stillSince = stillness(session, last);
  const patientUntil =
    patienceMs === null || stillSince === null ? null : stillSince.at + patienceMs;
  if (stillSince !== null && patientUntil !== null && now >= patientUntil) {
    return failed(`${stillSince.what} for ${Math.round((now - stillSince.at) / 1000)} s`, true);
  }
  return { kind: "going", until: earliest(timeoutAt, patientUntil) };
}

/** Whether the error of a task says that its attempt ran out of time. */
export function wasTimeout(error: string | null): boolean {
  return error !== null && /^it took longer than \d+ s$/.test(error);
}

/** Since when it does nothing and somebody else would have to. */
function stillness(
  { state, stateAt }: Session,
  last: Turn | undefined,
): { readonly at: number; readonly what: string } | null {
  if (state === "awaiting_input") return { at: stateAt, what: "nobody answered its question" };
  if (state === "awaiting_approval") {
    return { at: stateAt, what: "nobody decided what it asked for" };
  }
  const wasStopped = last?.state === "interrupted" || last?.state === "cancelled";
  if (state === "idle" && wasStopped) {
    return { at: last.endedAt ?? stateAt, what: "it was interrupted and given nothing to do" };
  }
  return null;
}

function failed(because: string, mayRetry: boolean): Extract<Verdict, { readonly kind: "failed" }> {
  return { kind: "failed", because, mayRetry };
}

function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
