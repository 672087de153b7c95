import { canMove, isDelivered, type Delivery, type DeliveryState } from "./delivery.ts";
import type { SessionView } from "./draft.ts";
import type { Draft } from "./draft.ts";
import type { EventBody } from "./event.ts";
import type { SessionLimit } from "./session.ts";
import type { Source } from "./source.ts";
import { formatTime } from "./time.ts";
import { addTurn, type RuleContext } from "./turn-rules.ts";

/** Enter is pressed at most this often for one text. */
export const maxEnters = 2;

/** A pasted text that vanished before Enter may be pasted anew this often. */
export const maxPastes = 3;

export interface NewDelivery {
  readonly text: string;
  readonly preview: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly via: Delivery["via"];
  readonly when: Delivery["when"];
  readonly author: string;
  readonly idempotencyKey: string | null;
  readonly acceptance: Delivery["acceptance"];
  readonly promptId: string | null;
  readonly ttlMs: number;
}

/** Records a text to be typed and, unless it answers a question, the turn it will open. */
export function queueDelivery(draft: Draft, ctx: RuleContext, request: NewDelivery): Delivery {
  const turn =
    request.promptId === null
      ? addTurn(draft, ctx, ctx.now, request.text, request.author)
      : undefined;
  const n = draft.session.lastDeliveryN + 1;
  const before = draft.deliveries.findLast(
    (other) => !isDelivered(other) && !isOutOfHands(other, request),
  );
  const delivery: Delivery = {
    id: ctx.newId("delivery"),
    sessionId: draft.session.id,
    turnId: turn?.id ?? null,
    promptId: request.promptId,
    n,
    state: "queued",
    preview: request.preview,
    sizeBytes: request.sizeBytes,
    sha256: request.sha256,
    via: request.via,
    when: request.when,
    author: request.author,
    idempotencyKey: request.idempotencyKey,
    acceptance: request.acceptance,
    enters: 0,
    pastes: 0,
    acceptedBy: null,
    // an answer waits for nobody
    because: before && request.promptId === null ? comesFirst(before) : null,
    createdAt: ctx.now,
    pastedAt: null,
    submittedAt: null,
    acceptedAt: null,
    endedAt: null,
    expiresAt: ctx.now + request.ttlMs,
  };
  draft.addDelivery(delivery);
  draft.setSession({ lastDeliveryN: n });
  if (turn) {
    draft.setTurn(turn.id, { deliveryId: delivery.id });
    draft.emit(ctx.now, { type: "turn_queued", turn_id: turn.id, n: turn.n });
  }
  draft.emit(ctx.now, deliveryEvent(delivery, "queued", "operation", delivery.because));
  return delivery;
}

/** Moves a delivery on; a move the table does not allow (it was accepted meanwhile) does nothing. */
export function moveDelivery(
  draft: Draft,
  ctx: RuleContext,
  id: string,
  to: Exclude<DeliveryState, "accepted">,
  because: string | null,
): void {
  const delivery = draft.delivery(id);
  if (!delivery || !canMove(delivery.state, to)) return;
  const { now } = ctx;
  draft.setDelivery(id, {
    state: to,
    because,
    ...(to === "pasted" ? { pastedAt: now, pastes: delivery.pastes + 1 } : {}),
    ...(to === "submitted"
      ? {
          submittedAt: delivery.submittedAt ?? now,
          enters: delivery.enters + (delivery.via === "api" ? 0 : 1),
        }
      : {}),
    ...(["refused", "expired", "cancelled"].includes(to) ? { endedAt: now } : {}),
  });
  draft.emit(now, deliveryEvent(delivery, to, "operation", because));
  const prompt = draft.prompt(delivery.promptId ?? "");
  if (prompt?.answer && ["pasted", "submitted"].includes(to)) {
    draft.setPrompt(prompt.id, { answer: { ...prompt.answer, given: true } });
  }
  if (!["refused", "expired", "cancelled"].includes(to)) return;
  if (delivery.promptId !== null && draft.prompt(delivery.promptId)?.state === "open") {
    draft.setPrompt(delivery.promptId, { answer: null });
  }
  const turn = draft.turn(delivery.turnId);
  if (turn?.state === "queued") {
    draft.setTurn(turn.id, { state: "cancelled", endedAt: now });
    draft.emit(now, {
      type: "turn_cancelled",
      turn_id: turn.id,
      n: turn.n,
      source: "operation",
      because: because ?? `the delivery was ${to}`,
    });
  }
}

/** Notes one more Enter for a text that stayed in the composer. */
export function countEnter(draft: Draft, id: string): void {
  const delivery = draft.delivery(id);
  if (delivery) draft.setDelivery(id, { enters: delivery.enters + 1 });
}

/**
 * Why the next text may not be typed now, or null when nothing we know forbids it. The screen is
 * still to be looked at: a draft, copy mode or a dialog nobody reported.
 */
export function whyNotNow(
  view: SessionView,
  delivery: Delivery,
  queuesWhileBusy: boolean,
): string | null {
  const { session, prompts, turns } = view;
  if (session.process.value !== "alive") return "the agent is not running";
  if (!session.reachable.value)
    return `the terminal cannot be reached: ${session.reachable.because}`;
  const open = prompts.filter((prompt) => prompt.id !== delivery.promptId);
  if (open.length > 0) {
    return `the agent shows a dialog (${open.map((prompt) => prompt.id).join(", ")})`;
  }
  if (delivery.promptId !== null) {
    return prompts.some((prompt) => prompt.id === delivery.promptId)
      ? null
      : "the question it answers is over";
  }
  if (session.limit) return limitedBecause(session.limit.value);
  const earlier = view.deliveries.find(
    (other) => other.n < delivery.n && !isDelivered(other) && !isOutOfHands(other, delivery),
  );
  if (earlier) return comesFirst(earlier);
  const running = turns.find((turn) => turn.state === "running");
  if (!running) return session.composer.value === "ready" ? null : "the composer is not ready";
  if (delivery.when === "now" && queuesWhileBusy) return null;
  return `turn ${running.n} is running`;
}

function limitedBecause({ resetsAt, until }: SessionLimit): string {
  const told = resetsAt === null ? ", its end was not told; tried again at" : " until";
  return `the account hit its limit${told} ${formatTime(until)}`;
}

/** Nobody knows whether the agent took it, or the agent holds it and keeps the order itself. */
function isOutOfHands(earlier: Delivery, { when }: Pick<Delivery, "when">): boolean {
  if (earlier.state === "unconfirmed") return true;
  return earlier.state === "queued_by_agent" && when === "now";
}

function comesFirst({ id }: Delivery): string {
  return `${id} comes first`;
}

export function deliveryEvent(
  delivery: Delivery,
  state: DeliveryState,
  source: Source,
  because: string | null,
): EventBody {
  return {
    type: `delivery_${state}`,
    delivery_id: delivery.id,
    turn_id: delivery.turnId,
    source,
    because,
  };
}
