import type { Decision } from "./decision.ts";
import { deriveState, processEnded, type Doings } from "./derive-state.ts";
import { isSamePrompt } from "./delivery.ts";
import {
  closeFromChannel,
  closeStartup,
  markOver,
  openFromChannel,
  openPrompts,
} from "./dialog-rules.ts";
import { Draft, type SessionView } from "./draft.ts";
import {
  liftLimit,
  meetLimit,
  parkWithAccount,
  showsNewLimit,
  tellsLimits,
} from "./limit-rules.ts";
import type { Observation } from "./observation.ts";
import { endProcess } from "./process-end-rules.ts";
import { forgetLookBefore, nextDueAt, readLevel, readScreen, settle } from "./screen-rules.ts";
import { isEndState } from "./session.ts";
import { hooksSpeakAgain } from "./silent-hooks.ts";
import { isStructured, type Source } from "./source.ts";
import { countTokens } from "./token-rules.ts";
import { endTurn, rememberTurn, takePrompt, turnOf, type RuleContext } from "./turn-rules.ts";

export interface Outcome {
  readonly decision: Decision;
  readonly view: SessionView;
  /** When a time-based rule is due next; the caller sends a `tick` then. */
  readonly dueAt: number | null;
}

/**
 * From evidence to state: what follows from these observations, in their order, for a session as
 * the view shows it. Pure; the caller commits the decision and keeps the view. Ended sessions
 * take nothing in.
 */
export function next(
  view: SessionView,
  observations: readonly Observation[],
  ctx: RuleContext,
): Outcome {
  const draft = new Draft(view);
  for (const observation of observations) {
    if (isEndState(draft.session.state)) break;
    const stateBefore = draft.session.state;
    const changedBefore = draft.changeCount;
    if (!observation.foreign) apply(draft, ctx, observation);
    restate(draft, ctx.now, observation.at);
    if (isRecorded(observation, draft.changeCount > changedBefore)) {
      draft.observations.push({
        ...observation,
        outcome:
          draft.session.state === stateBefore
            ? draft.session.state
            : `${stateBefore} -> ${draft.session.state}: ${draft.session.stateBecause}`,
      });
    }
  }
  return { decision: draft.decision(), view: draft.view(), dueAt: nextDueAt(draft) };
}

/** Derives the state anew after the draft changed, and records the change as an event. */
export function restate(draft: Draft, now: number, at: number): void {
  const { session } = draft;
  const derived = deriveState(session, doingsOf(draft));
  if (derived.state === session.state) {
    if (derived.because !== session.stateBecause || derived.source !== session.stateSource) {
      draft.setSession({
        stateSource: derived.source,
        stateConfidence: derived.confidence,
        stateBecause: derived.because,
      });
    }
    return;
  }
  draft.setSession({
    state: derived.state,
    stateSource: derived.source,
    stateConfidence: derived.confidence,
    stateBecause: derived.because,
    stateAt: at,
    ...(isEndState(derived.state) ? { endedAt: at } : {}),
    updatedAt: now,
  });
  draft.emit(at, {
    type: "session_state_changed",
    from: session.state,
    to: derived.state,
    source: derived.source,
    confidence: derived.confidence,
    because: derived.because,
  });
}

/** What the draft says besides the session's own facts. */
export function doingsOf(draft: Draft): Doings {
  return {
    running: draft.turn(draft.session.currentTurnId),
    openPrompts: openPrompts(draft),
    heldByAgent: draft.deliveries.filter((delivery) => delivery.state === "queued_by_agent").length,
  };
}

/**
 * What `explain` can replay later: every edge, and levels and ticks when they moved something.
 * The conversation itself is in the transcript.
 */
function isRecorded(observation: Observation, moved: boolean): boolean {
  const { kind } = observation.claim;
  if (kind === "message" || kind === "usage" || kind === "quota") return false;
  return moved || !["screen", "busy", "idle", "tick"].includes(kind);
}

function apply(draft: Draft, ctx: RuleContext, observation: Observation): void {
  const { claim, source, at } = observation;
  if (isStructured(source)) hear(draft, source, ctx.now, claim.kind);

  switch (claim.kind) {
    case "agent_identified":
      if (draft.session.agentSessionId === claim.agentSessionId) return;
      draft.setSession({ agentSessionId: claim.agentSessionId });
      draft.emit(at, { type: "agent_identified", agent_session_id: claim.agentSessionId });
      return;
    case "prompt_taken": {
      const { turnCount } = draft.session;
      takePrompt(draft, ctx, source, at, claim);
      if (draft.session.turnCount > turnCount) closeStartup(draft, at);
      // a slower channel may report the prompt that met the limit after the limit itself
      if (draft.session.limit && draft.session.turnCount > turnCount) liftLimit(draft, source, at);
      return;
    }
    case "prompt_queued": {
      const delivery = draft.deliveries.find((candidate) => {
        const turn = draft.turn(candidate.turnId);
        const waiting =
          candidate.state === "submitted" ||
          candidate.state === "unconfirmed" ||
          // the agent tells it before it answers the request that brought the text
          (candidate.state === "pasted" && candidate.via === "api");
        return waiting && turn !== undefined && isSamePrompt(claim.text, turn.prompt);
      });
      if (!delivery) return;
      draft.setDelivery(delivery.id, { state: "queued_by_agent", because: null });
      draft.emit(at, {
        type: "delivery_queued_by_agent",
        delivery_id: delivery.id,
        turn_id: delivery.turnId,
        source,
        because: null,
      });
      return;
    }
    case "turn_ended": {
      const turn = turnOf(draft, source, claim.agentTurn);
      rememberTurn(draft, source, null);
      if (!turn) return;
      endTurn(draft, ctx, turn, source, at, claim.outcome, {
        result: claim.result,
        error: claim.error,
        because: `${source} reported the end`,
      });
      forgetLookBefore(draft, at, ctx);
      return;
    }
    case "tool_started":
      if (draft.session.evidence.tools[claim.callId] !== undefined) return;
      if (draft.session.evidence.over.includes(claim.callId)) return;
      draft.setSession({
        evidence: {
          ...draft.session.evidence,
          tools: { ...draft.session.evidence.tools, [claim.callId]: claim.name },
        },
      });
      draft.emit(at, { type: "tool_started", name: claim.name, detail: claim.detail });
      return;
    case "tool_finished": {
      const { [claim.callId]: name, ...tools } = draft.session.evidence.tools;
      if (name !== undefined) {
        draft.setSession({ evidence: { ...draft.session.evidence, tools } });
        draft.emit(at, { type: "tool_finished", name, ok: claim.ok });
      }
      markOver(draft, claim.callId);
      closeFromChannel(draft, source, at, {
        ref: claim.callId,
        how: "the tool call it asked about went on",
      });
      return;
    }
    case "message": {
      const turn = turnOf(draft, source, null);
      draft.transcript.push({
        sessionId: draft.session.id,
        at,
        role: claim.role,
        text: claim.text,
        ref: claim.ref,
        turnId: turn?.id ?? null,
      });
      if (claim.role === "assistant" && turn) draft.setTurn(turn.id, { result: claim.text });
      return;
    }
    case "dialog_opened":
      openFromChannel(draft, ctx, source, at, claim.ref, claim.dialog, claim.channel);
      return;
    case "dialog_closed":
      closeFromChannel(draft, source, at, claim);
      return;
    case "limit_hit":
      meetLimit(draft, ctx, observation, claim);
      return;
    case "account_limited":
      parkWithAccount(draft, observation, claim);
      return;
    case "limit_warning":
      draft.emit(at, { type: "limit_warning", message: claim.message, source });
      return;
    case "limit_lifted":
      if (draft.session.limit) liftLimit(draft, source, at);
      return;
    case "usage": {
      countTokens(draft, source, claim);
      return;
    }
    case "quota":
      // it is the account's, not the session's
      return;
    case "background_jobs":
      if (draft.session.backgroundJobs === claim.count) return;
      draft.setSession({ backgroundJobs: claim.count });
      draft.emit(at, { type: "background_jobs", count: claim.count });
      return;
    case "busy":
    case "idle":
      readLevel(draft, ctx, source, at, claim.kind, claim.because);
      return;
    case "screen":
      if (showsNewLimit(draft, claim.reading) && !draft.session.limit && !tellsLimits(draft)) {
        const { message, resetsAt } = claim.reading.limit ?? { message: "", resetsAt: null };
        apply(draft, ctx, { ...observation, claim: { kind: "limit_hit", message, resetsAt } });
      }
      readScreen(draft, ctx, at, claim.reading);
      return;
    case "process_started":
      draft.setSession({
        process: { value: "alive", source, at, because: "the agent's process was started" },
      });
      return;
    case "start_failed":
      // one that was closed meanwhile has not failed
      draft.setSession({
        closing: draft.session.closing ?? {
          value: "failed",
          source,
          at,
          because: `it could not be started: ${claim.because}`,
        },
      });
      endProcess(draft, ctx, observation, {
        exitCode: null,
        exitSignal: null,
        value: "exited",
        because: "the agent never ran",
      });
      return;
    case "process_exited":
      endProcess(draft, ctx, observation, {
        exitCode: claim.exitCode,
        exitSignal: claim.signal,
        value: "exited",
        because: processEnded,
      });
      return;
    case "process_gone":
      endProcess(draft, ctx, observation, {
        exitCode: null,
        exitSignal: null,
        value: "gone",
        because: claim.because,
      });
      return;
    case "unreachable":
      if (!draft.session.reachable.value) return;
      draft.setSession({ reachable: { value: false, source, at, because: claim.because } });
      draft.emit(at, { type: "session_unreachable", because: claim.because });
      return;
    case "reachable":
      if (draft.session.reachable.value) return;
      draft.setSession({ reachable: { value: true, source, at, because: "the terminal answers" } });
      draft.emit(at, { type: "session_reachable" });
      return;
    case "channel_lost":
      draft.emit(at, { type: "channel_lost", channel: claim.channel, because: claim.because });
      return;
    case "output_gap":
      draft.emit(at, { type: "output_gap", because: claim.because });
      return;
    case "tick":
      settle(draft, ctx);
      return;
  }
}

/**
 * Notes that a structured channel spoke, when it was heard and not when it happened: a backlog that is
 * read late must not lose against looks that are older than its reading. The first word of each channel
 * is an event.
 */
function hear(draft: Draft, source: Source, now: number, claim: string): void {
  const memory = draft.session.evidence.sources[source];
  const again = source === "hook" && hooksSpeakAgain(draft);
  const { evidence } = draft.session;
  if (!memory || again) draft.emit(now, { type: "channel_heard", channel: source });
  draft.setSession({
    evidence: {
      ...evidence,
      sources: {
        ...evidence.sources,
        [source]: { heardAt: now, claim, turnId: memory?.turnId ?? null },
      },
    },
  });
}
