import type { Event, EventType } from "./event.ts";
import type { Prompt } from "./prompt.ts";
import { isEndState, sessionStates, type Session, type SessionState } from "./session.ts";
import type { Turn } from "./turn.ts";

/** The one word `observe` says about what happened, kept from the ancestors' vocabulary. */
export type EventWord =
  | "none"
  | "question"
  | "approval_prompt"
  | "idle"
  | "completed"
  | "error"
  | "limit_warning"
  | "overage_prompt"
  | "screen_changed"
  | "timeout";

/** What a caller can wait for: a word about the newest turn, or a state of the session. */
export type WaitWord = Exclude<EventWord, "none" | "timeout"> | SessionState | "turn" | "exit";

const eventWords = [
  "question",
  "approval_prompt",
  "idle",
  "completed",
  "error",
  "limit_warning",
  "overage_prompt",
  "screen_changed",
] as const;

/** Other spellings, after lower-casing and `-` to `_`. */
const aliases: Readonly<Record<string, WaitWord>> = {
  approval: "approval_prompt",
  approvals: "approval_prompt",
  question_prompt: "question",
  questions: "question",
  done: "completed",
  complete: "completed",
  finished: "completed",
  failure: "failed",
  overage: "overage_prompt",
  canceled: "cancelled",
  awaiting_user_input: "awaiting_input",
  needs_input: "awaiting_input",
  ready: "idle",
  turn_completed: "turn",
  turn_ended: "turn",
  exited: "exit",
  ended: "exit",
};

export const waitWords: readonly WaitWord[] = [
  ...new Set<WaitWord>([...eventWords, ...sessionStates, "turn", "exit"]),
];

export function parseWaitWord(text: string): WaitWord | undefined {
  const word = text.trim().toLowerCase().replaceAll("-", "_");
  const named = aliases[word] ?? word;
  return (waitWords as readonly string[]).includes(named) ? (named as WaitWord) : undefined;
}

/** What a wait looks at. */
export interface Situation {
  readonly session: Session;
  readonly turn: Turn | undefined;
  readonly prompts: readonly Prompt[];
}

/**
 * Whether the situation as it stands is what is waited for. `completed`, `error` and `turn` speak
 * of the newest turn; a session that is over satisfies them too when that is how it ended.
 */
export function holdsNow(word: WaitWord, { session, turn, prompts }: Situation): boolean {
  switch (word) {
    case "question":
      return prompts.some((prompt) => prompt.kind === "question");
    case "approval_prompt":
      return prompts.some((prompt) => prompt.kind !== "question");
    case "overage_prompt":
      return prompts.some((prompt) => prompt.kind === "limit");
    case "completed":
      return session.state === "completed" || turn?.state === "completed";
    case "error":
      return session.state === "failed" || session.state === "lost" || turn?.state === "failed";
    case "failed":
      return session.state === "failed" || turn?.state === "failed";
    case "turn":
      return isEndState(session.state) || (turn !== undefined && isOver(turn));
    case "exit":
      return isEndState(session.state);
    case "limit_warning":
      return session.limit !== null;
    case "screen_changed":
      return false;
    default:
      return session.state === word;
  }
}

function isOver(turn: Turn): boolean {
  return turn.state !== "queued" && turn.state !== "running";
}

const wordByEvent: Readonly<Partial<Record<EventType, readonly WaitWord[]>>> = {
  turn_completed: ["completed", "turn"],
  turn_failed: ["error", "failed", "turn"],
  turn_limited: ["limited", "turn"],
  turn_interrupted: ["turn", "cancelled"],
  turn_cancelled: ["turn", "cancelled"],
  limit_warning: ["limit_warning"],
  limit_hit: ["limit_warning", "limited"],
  session_exited: ["exit"],
};

/** Whether this one event is what is waited for. */
export function isEventFor(word: WaitWord, event: Event): boolean {
  const { body } = event;
  if (wordByEvent[body.type]?.includes(word)) return true;
  if (body.type === "prompt_opened") {
    if (word === "question") return body.kind === "question";
    if (word === "approval_prompt") return body.kind !== "question";
    return word === "overage_prompt" && body.kind === "limit";
  }
  if (body.type === "session_state_changed") {
    if (word === body.to) return true;
    if (word === "exit" || word === "turn") return isEndState(body.to);
    return word === "error" && (body.to === "failed" || body.to === "lost");
  }
  return false;
}

/** The one word for a situation nobody asked anything particular about. */
export function wordFor({ session, turn, prompts }: Situation): EventWord {
  if (prompts.some((prompt) => prompt.kind === "limit")) return "overage_prompt";
  if (prompts.some((prompt) => prompt.kind !== "question")) return "approval_prompt";
  if (prompts.length > 0) return "question";
  if (session.state === "failed" || session.state === "lost") return "error";
  if (session.limit !== null) return "limit_warning";
  if (turn?.state === "failed") return "error";
  if (session.state === "completed" || turn?.state === "completed") return "completed";
  if (session.state === "idle") return "idle";
  return "none";
}
