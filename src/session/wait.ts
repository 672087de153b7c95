import type { Event } from "../domain/event.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { Prompt } from "../domain/prompt.ts";
import { isEndState } from "../domain/session.ts";
import { isEnded } from "../domain/turn.ts";
import { holdsNow, isEventFor, type Situation, type WaitWord } from "../domain/words.ts";
import { Bell } from "../platform/bell.ts";
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
    /** False while a rule of the answer policy is about to answer the prompt. */
    readonly waitsForPerson: (prompt: Prompt) => boolean;
  },
): Promise<Waited> {
  if (wait.words.length === 0) return { outcome: "looked", event: null };
  let cursor = wait.since ?? (await store.events.last());
  let written = false;

  const judge = async (): Promise<Waited | undefined> => {
    for (let full = true; full;) {
      const events = await store.events.since(cursor, {
        sessionIds: [wait.sessionId],
        limit: pageSize,
      });
      full = events.length === pageSize;
      const answered = await answeredByRule(store, wait.sessionId, options.waitsForPerson);
      const event = events.find(
        (one) =>
          !(one.body.type === "prompt_opened" && answered.has(one.body.prompt_id)) &&
          wait.words.some((word) => isEventFor(word, one)),
      );
      if (event) return { outcome: "satisfied", event };
      cursor = events.at(-1)?.seq ?? cursor;
    }
    const seen = await look(store, wait.sessionId);
    const answered = await answeredByRule(store, wait.sessionId, options.waitsForPerson);
    const isAnswered = seen.prompts.some(({ id }) => answered.has(id));
    const situation = isAnswered
      ? { ...seen, prompts: seen.prompts.filter(({ id }) => !answered.has(id)) }
      : seen;
    if (written && wait.words.includes("screen_changed"))
      return { outcome: "satisfied", event: null };
    if (wait.since === null && wait.words.some((word) => holdsNow(word, situation))) {
      return { outcome: "satisfied", event: null };
    }
    return heldUp(wait, situation, options.waitsForPerson);
  };

  const bell = new Bell();
  const stopCommits = store.onCommit((events) => {
    if (events.some((event) => event.sessionId === wait.sessionId)) bell.ring();
  });
  const stopOutput = wait.words.includes("screen_changed")
    ? options.onOutput(wait.sessionId, () => {
        written = true;
        bell.ring();
      })
    : () => undefined;
  try {
    const until = Date.now() + wait.timeoutMs;
    for (;;) {
      const done = await judge();
      if (done) return done;
      const left = until - Date.now();
      if (!(await bell.wait(left, options.signal))) return { outcome: "timeout", event: null };
    }
  } finally {
    stopCommits();
    stopOutput();
  }
}

function heldUp(
  wait: Wait,
  { session, turn, prompts }: Situation,
  waitsForPerson: (prompt: Prompt) => boolean,
): Waited | undefined {
  const asks = prompts.some((prompt) => prompt.state === "open" && waitsForPerson(prompt));
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

/** Dialogs at the start that a rule is about to answer: nobody who waits for a prompt means them. */
async function answeredByRule(
  store: Store,
  sessionId: string,
  waitsForPerson: (prompt: Prompt) => boolean,
): Promise<ReadonlySet<string>> {
  const open = await store.prompts.open(sessionId);
  const ruled = open.filter((prompt) => prompt.kind === "startup" && !waitsForPerson(prompt));
  return new Set(ruled.map(({ id }) => id));
}

async function look(store: Store, id: string): Promise<Situation> {
  const [session, turns, prompts] = await Promise.all([
    store.sessions.get(id),
    store.turns.ofSession(id, 1),
    store.prompts.open(id),
  ]);
  if (!session) throw new AgentpoolError("session_not_found", `Session ${id} is gone`);
  return { session, turn: turns.at(-1), prompts };
}
