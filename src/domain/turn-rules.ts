import { isSamePrompt } from "./delivery.ts";
import type { Draft } from "./draft.ts";
import type { EventBody } from "./event.ts";
import type { Claim } from "./observation.ts";
import type { Source } from "./source.ts";
import { isMoreTelling, type Turn, type TurnOutcome } from "./turn.ts";

export interface RuleContext {
  readonly now: number;
  readonly newId: (kind: "turn" | "delivery" | "prompt") => string;
}

/**
 * A source shows that the agent took a prompt. The prompt belongs to the first turn in pane order
 * with that text which this source has not reported before; a text nobody delivered was typed by
 * a person and opens a turn of theirs, unless the agent says that it is its own.
 */
export function takePrompt(
  draft: Draft,
  ctx: RuleContext,
  source: Source,
  at: number,
  { text, agentTurn, own }: Extract<Claim, { kind: "prompt_taken" }>,
): void {
  const running = draft.turn(draft.session.currentTurnId);
  if (own === true && running) {
    // what it tells itself meanwhile belongs to the turn it works on
    rememberTurn(draft, source, running.id);
    return;
  }
  if (agentTurn !== null && draft.turns.some((turn) => isHistory(draft, turn, agentTurn))) return;
  const author = own === true ? "agent" : "person";
  const turn = findTaken(draft, source, text, agentTurn) ?? addTurn(draft, ctx, at, text, author);
  markTaken(draft, ctx, turn, source, at, agentTurn);
}

/**
 * The turn begins, or is confirmed by one more source. Its delivery is accepted too, unless the
 * source only shows that the agent works and the agent is expected to tell on what.
 */
export function markTaken(
  draft: Draft,
  ctx: RuleContext,
  turn: Turn,
  source: Source,
  at: number,
  agentTurn: string | null,
  accept = true,
): void {
  const first = turn.state === "queued";
  draft.setTurn(turn.id, {
    takenBy: turn.takenBy.includes(source) ? turn.takenBy : [...turn.takenBy, source],
    agentTurn: turn.agentTurn ?? agentTurn,
    ...(first ? { state: "running", startedAt: at } : {}),
  });
  rememberTurn(draft, source, turn.id);

  if (first) {
    const before = draft.turn(draft.session.currentTurnId);
    if (before && before.id !== turn.id && before.state === "running") {
      endTurn(draft, ctx, before, source, at, "completed", {
        error: null,
        result: null,
        because: "the agent took the next prompt",
      });
    }
    draft.setSession({
      currentTurnId: turn.id,
      turnCount: draft.session.turnCount + 1,
      composer: { value: "unknown", source, at, because: `turn ${turn.n} runs` },
    });
    draft.emit(at, {
      type: "turn_started",
      turn_id: turn.id,
      n: turn.n,
      source,
      author: turn.author,
    });
  }
  const delivery = draft.delivery(turn.deliveryId);
  if (accept && delivery && delivery.state !== "accepted") {
    draft.setDelivery(delivery.id, {
      state: "accepted",
      acceptedBy: source,
      acceptedAt: at,
      endedAt: at,
      because: null,
    });
    draft.emit(at, {
      type: "delivery_accepted",
      delivery_id: delivery.id,
      turn_id: turn.id,
      source,
      because: null,
    });
  }
}

function findTaken(
  draft: Draft,
  source: Source,
  text: string,
  agentTurn: string | null,
): Turn | undefined {
  const unseen = draft.turns.filter(
    (turn) =>
      !turn.takenBy.includes(source) && turn.state !== "cancelled" && !isOfEarlierRun(draft, turn),
  );
  if (agentTurn !== null) {
    const known = unseen.find((turn) => turn.agentTurn === agentTurn);
    if (known) return known;
  }
  return unseen.find((turn) => {
    const delivery = draft.delivery(turn.deliveryId);
    // a text that was never handed to the pane cannot have been taken
    if (turn.state === "queued" && (!delivery || delivery.state === "queued")) return false;
    return turn.prompt === "" ? false : isSamePrompt(text, turn.prompt);
  });
}

/** It ended with an earlier process, or before: what comes now is about another one. */
function isOfEarlierRun(draft: Draft, { endedAt }: Turn): boolean {
  const { resumed } = draft.session.evidence;
  return resumed !== undefined && endedAt !== null && endedAt <= resumed.at;
}

/** An agent that goes on with a conversation may tell it from its beginning. */
function isHistory(draft: Draft, turn: Turn, agentTurn: string): boolean {
  return turn.agentTurn === agentTurn && isOfEarlierRun(draft, turn);
}

export function addTurn(
  draft: Draft,
  ctx: RuleContext,
  at: number,
  prompt: string,
  author: string,
): Turn {
  const n = draft.session.lastTurnN + 1;
  const turn: Turn = {
    id: ctx.newId("turn"),
    sessionId: draft.session.id,
    n,
    state: "queued",
    prompt,
    author,
    deliveryId: null,
    createdAt: at,
    startedAt: null,
    endedAt: null,
    result: null,
    error: null,
    agentTurn: null,
    takenBy: [],
    endedBy: [],
    tokens: null,
  };
  draft.addTurn(turn);
  draft.setSession({ lastTurnN: n });
  return turn;
}

/** The turn a source speaks of when it reports an end without naming the turn. */
export function turnOf(draft: Draft, source: Source, agentTurn: string | null): Turn | undefined {
  if (agentTurn !== null) {
    const named = draft.turns.findLast((turn) => turn.agentTurn === agentTurn);
    if (named) return named;
  }
  const remembered = draft.turn(draft.session.evidence.sources[source]?.turnId ?? null);
  if (remembered) return remembered;
  const current = draft.turn(draft.session.currentTurnId);
  return current && !current.endedBy.includes(source) ? current : undefined;
}

export interface TurnEnd {
  readonly result: string | null;
  readonly error: string | null;
  readonly because: string;
}

/** Ends a turn, or corrects how it ended when this report tells more than the first one. */
export function endTurn(
  draft: Draft,
  ctx: RuleContext,
  turn: Turn,
  source: Source,
  at: number,
  outcome: TurnOutcome,
  end: TurnEnd,
): void {
  if (isOfEarlierRun(draft, turn)) return;
  const endedBy = turn.endedBy.includes(source) ? turn.endedBy : [...turn.endedBy, source];
  const correction = turn.state !== "running" && turn.state !== "queued";
  if (correction && !isMoreTelling(outcome, turn.state)) {
    draft.setTurn(turn.id, { endedBy, result: end.result ?? turn.result });
    return;
  }
  draft.setTurn(turn.id, {
    state: outcome,
    endedBy,
    endedAt: turn.endedAt ?? at,
    result: end.result ?? turn.result,
    error: end.error ?? turn.error,
  });
  draft.emit(at, turnEvent(turn, outcome, source, end));

  if (draft.session.currentTurnId !== turn.id) return;
  draft.setSession({
    currentTurnId: null,
    interrupting: null,
    composer: {
      value: "ready",
      source,
      at,
      because: `turn ${turn.n} ${outcome} (${end.because})`,
    },
    evidence: { ...draft.session.evidence, tools: {} },
  });
  for (const prompt of draft.prompts) {
    if (
      prompt.turnId === turn.id &&
      (prompt.state === "open" || prompt.state === "answer_unconfirmed")
    ) {
      closePrompt(draft, prompt.id, at, `turn ${turn.n} ${outcome}`);
    }
  }
}

/**
 * A dialog is over: answered when an answer of ours was on its way, else withdrawn. When the agent
 * says that nobody answered it, a key of ours met what stood there next.
 */
export function closePrompt(
  draft: Draft,
  id: string,
  at: number,
  because: string,
  { unanswered = false }: { readonly unanswered?: boolean } = {},
): void {
  const prompt = draft.prompt(id);
  if (!prompt) return;
  if (prompt.answer && prompt.answer.given !== false && !unanswered) {
    draft.setPrompt(id, { state: "answered", endedAt: at, because });
    draft.emit(at, {
      type: "prompt_answered",
      prompt_id: id,
      label: prompt.answer.label,
      author: prompt.answer.author,
      via: prompt.answer.via,
    });
    acceptAnswer(draft, id, at);
  } else {
    draft.setPrompt(id, { state: "withdrawn", endedAt: at, because });
    draft.emit(at, { type: "prompt_withdrawn", prompt_id: id, because });
  }
}

/** A text that was sent as the answer of a question is accepted when the question is over. */
function acceptAnswer(draft: Draft, promptId: string, at: number): void {
  const delivery = draft.deliveries.find((candidate) => candidate.promptId === promptId);
  if (!delivery || delivery.state === "queued" || delivery.state === "accepted") return;
  draft.setDelivery(delivery.id, {
    state: "accepted",
    acceptedBy: draft.prompt(promptId)?.openedBy ?? "screen",
    acceptedAt: at,
    endedAt: at,
  });
  draft.emit(at, {
    type: "delivery_accepted",
    delivery_id: delivery.id,
    turn_id: null,
    source: draft.prompt(promptId)?.openedBy ?? "screen",
    because: "the question it answers is over",
  });
}

export function rememberTurn(draft: Draft, source: Source, turnId: string | null): void {
  const { evidence } = draft.session;
  const memory = evidence.sources[source];
  if (memory?.turnId === turnId) return;
  draft.setSession({
    evidence: {
      ...evidence,
      sources: {
        ...evidence.sources,
        [source]: { heardAt: memory?.heardAt ?? 0, claim: memory?.claim ?? "", turnId },
      },
    },
  });
}

function turnEvent(turn: Turn, outcome: TurnOutcome, source: Source, end: TurnEnd): EventBody {
  const base = { turn_id: turn.id, n: turn.n, source };
  switch (outcome) {
    case "completed":
      return { type: "turn_completed", ...base };
    case "interrupted":
      return { type: "turn_interrupted", ...base };
    case "failed":
      return { type: "turn_failed", ...base, error: end.error };
    case "limited":
      return { type: "turn_limited", ...base, error: end.error };
    case "cancelled":
      return { type: "turn_cancelled", ...base, because: end.because };
  }
}
