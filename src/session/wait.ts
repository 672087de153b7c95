import type { Event } from "../domain/event.ts";
import { isEndState, type Session } from "../domain/session.ts";
import { isEnded, type Turn } from "../domain/turn.ts";
import { holdsNow, isEventFor, type Situation, type WaitWord } from "../domain/words.ts";
import type { Store } from "../store/store.ts";

export type WaitOutcome = "satisfied" | "needs_input" | "ended" | "timeout" | "looked";

export interface Wait {
  readonly sessionId: string;
  readonly words: readonly WaitWord[];
  /** Only facts after this event count; null judges the situation as it is. */
  readonly since: number | null;
  readonly timeoutMs: number;
}

export interface Waited {
  readonly outcome: WaitOutcome;
  readonly event: Event | null;
}

/** Words that an open dialog satisfies; a wait for anything else is held up by it. */
const aboutPrompts: readonly WaitWord[] = [
  "question",
  "approval_prompt",
  "overage_prompt",
  "awaiting_input",
  "awaiting_approval",
];

/** Words that speak of the newest turn; once it ended otherwise they cannot come true. */
const aboutTurn: readonly WaitWord[] = ["completed", "error", "failed", "turn"];

const pageSize = 500;

/**
 * Waits for a session, woken by commits and never by a clock. Ends early when the agent asks
 * something nobody waits for, or when what is waited for can no longer come.
 */
export async function waitFor(
  store: Store,
  wait: Wait,
  options: {
    readonly signal: AbortSignal;
    /** Calls back when the pane of the session writes; returns the undo. */
    readonly onOutput: (sessionId: string, listener: () => void) => () => void;
  },
): Promise<Waited> {
  if (wait.words.length === 0) return { outcome: "looked", event: null };
  let cursor = wait.since ?? (await store.events.last());
  let written = false;

  const judge = async (): Promise<Waited | undefined> => {
    for (let full = true; full; ) {
      const events = await store.events.since(cursor, {
        sessionIds: [wait.sessionId],
        limit: pageSize,
      });
      full = events.length === pageSize;
      const event = events.find((one) => wait.words.some((word) => isEventFor(word, one)));
      if (event) return { outcome: "satisfied", event };
      cursor = events.at(-1)?.seq ?? cursor;
    }
    const situation = await look(store, wait.sessionId);
    if (written && wait.words.includes("screen_changed")) return { outcome: "satisfied", event: null };
    if (wait.since === null && wait.words.some((word) => holdsNow(word, situation))) {
      return { outcome: "satisfied", event: null };
    }
    return heldUp(wait, situation);
  };

  return new Promise((resolve, reject) => {
    let judging: Promise<void> | undefined;
    let again = false;
    const finish = (settle: () => void): void => {
      stopCommits();
      stopOutput();
      clearTimeout(timer);
      options.signal.removeEventListener("abort", giveUp);
      settle();
    };
    const giveUp = (): void => finish(() => resolve({ outcome: "timeout", event: null }));
    const wake = (): void => {
      if (judging) {
        again = true;
        return;
      }
      judging = judge()
        .then(
          (done) => {
            if (done) finish(() => resolve(done));
            else if (wait.timeoutMs <= 0) giveUp();
          },
          (thrown: unknown) => finish(() => reject(thrown as Error)),
        )
        .finally(() => {
          judging = undefined;
          if (again) {
            again = false;
            wake();
          }
        });
    };
    const stopCommits = store.onCommit((events) => {
      if (events.some((event) => event.sessionId === wait.sessionId)) wake();
    });
    const stopOutput = wait.words.includes("screen_changed")
      ? options.onOutput(wait.sessionId, () => {
          written = true;
          wake();
        })
      : () => undefined;
    const timer = setTimeout(giveUp, Math.min(wait.timeoutMs > 0 ? wait.timeoutMs : 60_000, 2 ** 31 - 1));
    options.signal.addEventListener("abort", giveUp, { once: true });
    if (options.signal.aborted) giveUp();
    else wake();
  });
}

function heldUp(wait: Wait, { session, turn, prompts }: Situation): Waited | undefined {
  const asks = prompts.some((prompt) => prompt.state === "open");
  if (asks && !wait.words.some((word) => aboutPrompts.includes(word))) {
    return { outcome: "needs_input", event: null };
  }
  if (isEndState(session.state)) return { outcome: "ended", event: null };
  const over = turn !== undefined && isEnded(turn);
  if (wait.since === null && over && wait.words.every((word) => aboutTurn.includes(word))) {
    return { outcome: "ended", event: null };
  }
  return undefined;
}

async function look(store: Store, id: string): Promise<Situation> {
  const [session, turns, prompts] = await Promise.all([
    store.sessions.get(id) as Promise<Session>,
    store.turns.ofSession(id, 1) as Promise<readonly Turn[]>,
    store.prompts.open(id),
  ]);
  return { session, turn: turns.at(-1), prompts };
}
