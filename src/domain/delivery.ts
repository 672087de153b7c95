import type { Source } from "./source.ts";

export const deliveryStates = [
  "queued",
  "pasted",
  "submitted",
  "queued_by_agent",
  "unconfirmed",
  "accepted",
  "refused",
  "expired",
  "cancelled",
] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** When a text may be typed: at the next idle moment, at once, or after interrupting the turn. */
export type DeliveryWhen = "idle" | "now" | "interrupt";

/** How a provider lets us know that it took a text: by its exact text or id, by its log, or not at all. */
export type Acceptance = "exact" | "log" | "none";

/** One text on its way into a pane, with its receipt. */
export interface Delivery {
  readonly id: string;
  readonly sessionId: string;
  /** The turn this text opens; null when it answers a question. */
  readonly turnId: string | null;
  /** The prompt this text answers, else null. */
  readonly promptId: string | null;
  /** Order of hand-over in this pane, from 1. */
  readonly n: number;
  readonly state: DeliveryState;
  /** Text for people, redacted and cut; the exact bytes lie in the session's outbox until the end. */
  readonly preview: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /**
   * `launch` when it travels as an argument of the agent, `pane` when it is pasted, `api` when it
   * is handed over in the agent's own channel: `pasted` then says that it is on its way there.
   */
  readonly via: "launch" | "pane" | "api";
  readonly when: DeliveryWhen;
  readonly author: string;
  readonly idempotencyKey: string | null;
  /** How the agent will show that it took the text. */
  readonly acceptance: Acceptance;
  /** Enter keys pressed so far; at most two ever. */
  readonly enters: number;
  /** How often the text was pasted; more than once only when it vanished before Enter. */
  readonly pastes: number;
  readonly acceptedBy: Source | null;
  /** Why it waits, or why it ended without acceptance. */
  readonly because: string | null;
  readonly createdAt: number;
  readonly pastedAt: number | null;
  readonly submittedAt: number | null;
  readonly acceptedAt: number | null;
  readonly endedAt: number | null;
  readonly expiresAt: number;
}

const terminal: ReadonlySet<DeliveryState> = new Set([
  "accepted",
  "refused",
  "expired",
  "cancelled",
]);

export function isDelivered(delivery: Delivery): boolean {
  return terminal.has(delivery.state);
}

/** Moves a delivery may make; anything else is a bug. */
const moves: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  queued: ["pasted", "submitted", "refused", "expired", "cancelled"],
  // back to queued only when the pasted text left the composer before Enter was pressed
  pasted: ["queued", "submitted", "unconfirmed", "accepted", "refused", "cancelled"],
  submitted: ["queued_by_agent", "unconfirmed", "accepted", "refused", "cancelled"],
  queued_by_agent: ["accepted", "unconfirmed", "refused", "cancelled"],
  unconfirmed: ["accepted", "queued_by_agent", "refused", "cancelled"],
  accepted: [],
  refused: [],
  expired: [],
  cancelled: [],
};

export function canMove(from: DeliveryState, to: DeliveryState): boolean {
  return moves[from].includes(to);
}

/**
 * Reduces a text to what survives a terminal: agents re-wrap, trim and collapse blanks when they
 * echo or log a prompt, so two texts are the same prompt when these forms are equal.
 */
export function normalise(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A composer that scrolls shows at least so much of a text. */
const scrolledLength = 200;

/**
 * Whether a composer shows the whole of a text. Blanks do not count, since composers wrap; one
 * that scrolls shows the end of a long text.
 */
export function showsWhole(shown: string, text: string): boolean {
  const [a, b] = [shown.replace(/\s+/g, ""), text.replace(/\s+/g, "")];
  if (a === "") return false;
  if (a === b || (a.length >= scrolledLength && b.endsWith(a))) return true;
  return hasWideGlyphs(b) && isDrawnFrom(lettersOf(a), lettersOf(b));
}

/** Agents and terminals disagree on the width of these, which costs glyphs at the edge of a line. */
function hasWideGlyphs(text: string): boolean {
  return /\u200d|\ufe0f|\p{Extended_Pictographic}/u.test(text);
}

/** What is shown stands in the text in this order, up to its end, and is most of it. */
function isDrawnFrom(shown: string, text: string): boolean {
  const end = shown.slice(-8);
  if (end === "" || !text.endsWith(end)) return false;
  if (shown.length < Math.min(scrolledLength, text.length * 0.6)) return false;
  let at = text.length;
  for (let index = shown.length - 1; index >= 0; index--) {
    at = text.lastIndexOf(shown.charAt(index), at - 1);
    if (at === -1 || (at === 0 && index > 0)) return false;
  }
  return true;
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}\x21-\x7e]/gu, "");
}

/**
 * Whether a prompt the agent reports is the text we delivered: equal after normalisation, or one
 * inside the other where the agent wraps it in tags of its own.
 */
export function isSamePrompt(reported: string, delivered: string): boolean {
  const a = normalise(reported);
  const b = normalise(delivered);
  if (a === b) return true;
  return b.length > 0 && a.length > b.length && a.includes(b);
}
