import type { Source } from "./source.ts";
import type { TokenUsage } from "./tokens.ts";

export type TurnState = "queued" | "running" | TurnOutcome;

/** How a turn can end. */
export type TurnOutcome = "completed" | "interrupted" | "failed" | "limited" | "cancelled";

/** One prompt and what the agent did with it. */
export interface Turn {
  readonly id: string;
  readonly sessionId: string;
  /** 1 for the first prompt of the session, in the order the prompts were handed over. */
  readonly n: number;
  readonly state: TurnState;
  /** The prompt, redacted. */
  readonly prompt: string;
  /**
   * `person` when it was typed into the pane, `agent` when the agent gave it to itself, else the
   * author of the delivery.
   */
  readonly author: string;
  readonly deliveryId: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** The agent's last message of the turn so far, redacted; its result once the turn ended. */
  readonly result: string | null;
  /** Why it failed, in the agent's own words. */
  readonly error: string | null;
  /** The agent's own id of the turn where it has one. */
  readonly agentTurn: string | null;
  /** Sources that reported the prompt as taken; each reports it at most once. */
  readonly takenBy: readonly Source[];
  /** Sources that reported the end. */
  readonly endedBy: readonly Source[];
  readonly tokens: TokenUsage | null;
}

/** Later and more telling reports of one turn's end may correct an earlier, vaguer one. */
const telling: Readonly<Record<TurnOutcome, number>> = {
  completed: 0,
  cancelled: 1,
  interrupted: 2,
  failed: 3,
  limited: 4,
};

export function isMoreTelling(candidate: TurnOutcome, present: TurnOutcome): boolean {
  return telling[candidate] > telling[present];
}

export function isEnded(turn: Turn): boolean {
  return turn.state !== "queued" && turn.state !== "running";
}
