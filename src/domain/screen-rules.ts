import { canMove, isDelivered, showsWhole, type Delivery } from "./delivery.ts";
import { openPrompts, showDialog } from "./dialog-rules.ts";
import type { Draft } from "./draft.ts";
import type { ScreenReading } from "./observation.ts";
import { holdMs, type Disputed } from "./overrides.ts";
import { fingerprintOf } from "./prompt.ts";
import type { LevelMemory, ScreenMemory } from "./session.ts";
import { hooksDueAt, noteSilentHooks, watchHooksAnew } from "./silent-hooks.ts";
import { isStructured, type Source } from "./source.ts";
import type { Turn } from "./turn.ts";
import { addTurn, closePrompt, endTurn, markTaken, type RuleContext } from "./turn-rules.ts";

/** Takes in one settled screen. An equal reading changes nothing but lets time-based rules run. */
export function readScreen(
  draft: Draft,
  ctx: RuleContext,
  at: number,
  reading: ScreenReading,
): void {
  const before = draft.session.evidence.screen;
  const dialog = reading.dialog ? fingerprintOf(reading.dialog) : null;
  const running = draft.turn(draft.session.currentTurnId);
  const givenBack =
    running !== undefined &&
    reading.composer !== null &&
    showsWhole(reading.composer.draft, running.prompt);
  const limit = limitShown(reading);
  const same =
    before !== null &&
    before.busy === reading.busy &&
    before.composer === (reading.composer !== null) &&
    before.givenBack === givenBack &&
    before.dialog === dialog;
  if (!same || (before.limit ?? null) !== limit) {
    const screen: ScreenMemory = {
      busy: reading.busy,
      composer: reading.composer !== null,
      dialog,
      limit,
      givenBack,
      rule: reading.rule,
      because: reading.because,
      since: same ? before.since : at,
    };
    draft.setSession({ evidence: { ...draft.session.evidence, screen } });
  }
  if (reading.dialog) showDialog(draft, ctx, at, { ...reading, dialog: reading.dialog });
  settle(draft, ctx);
}

/** What a screen says of a limit, without the numbers, which may count down; null for nothing. */
export function limitShown({ limit }: ScreenReading): string | null {
  return limit && limit.message.replace(/\d+/g, "#");
}

/** A source other than the screen says busy or idle, without saying of which turn. */
export function readLevel(
  draft: Draft,
  ctx: RuleContext,
  source: Source,
  at: number,
  level: "busy" | "idle",
  because: string,
): void {
  const before = draft.session.evidence.level;
  if (before?.level !== level || before.source !== source) {
    const memory: LevelMemory = { source, level, since: at, because };
    draft.setSession({ evidence: { ...draft.session.evidence, level: memory } });
  }
  settle(draft, ctx);
}

/**
 * Nobody could see screen and title for a while: how they looked last is no evidence of what came
 * after. A dialog stays known, so that the same one is not taken for another.
 */
export function forgetLooks(draft: Draft, { now }: Pick<RuleContext, "now">): void {
  const { evidence } = draft.session;
  const { screen, level } = evidence;
  draft.setSession({
    evidence: {
      ...evidence,
      screen: screen && { ...screen, busy: false, composer: false },
      level: level?.source === "terminal" ? null : level,
    },
  });
  watchHooksAnew(draft, now);
}

/**
 * The end of a turn that is told so much later is told after a time in which nothing could be taken
 * in, a full disk for instance: a look from before that end is no evidence of what came after it.
 */
export function forgetLookBefore(
  draft: Draft,
  endedAt: number,
  { now }: Pick<RuleContext, "now">,
): void {
  const { evidence } = draft.session;
  const { screen } = evidence;
  if (now - endedAt < toldWithinMs || !screen?.busy || screen.since >= endedAt) return;
  draft.setSession({
    evidence: { ...evidence, screen: { ...screen, busy: false, composer: false } },
  });
}

/** How soon an agent's channels tell of an end, on a busy machine too. */
const toldWithinMs = 3_000;
/** How long an agent may look idle before it takes the prompt it was started with. */
const launchHoldMs = 5_000;
/** How long an agent may look busy before it tells which prompt it took. */
const receiptHoldMs = 600;
/** How long an agent on a busy machine may leave its screen as it was before the turn's end. */
const drawnWithinMs = 10_000;
/** So soon after a prompt its agent has done nothing about it yet, but for one that says so. */
const withPromptMs = 1_000;
/** How long an agent on a busy machine may take to begin with a prompt it took. */
const beginsWithinMs = 10_000;
/** How long an idle agent may leave a text in its own queue. */
const queueHoldMs = 3_000;

/** A standing claim that contradicts a fact, and the moment at which the fact yields to it. */
interface Challenge {
  readonly fact: Disputed;
  readonly source: Source;
  readonly since: number;
  readonly because: string;
  readonly dueAt: number;
  readonly promptId?: string;
  readonly deliveryId?: string;
}

/** Applies every challenge that has lasted long enough. */
export function settle(draft: Draft, ctx: RuleContext): void {
  for (const challenge of challenges(draft)) {
    if (challenge.dueAt > ctx.now) continue;
    yieldTo(draft, ctx, challenge);
  }
  const { limit } = draft.session;
  if (limit && limit.value.until <= ctx.now) {
    draft.setSession({ limit: null });
    draft.emit(ctx.now, { type: "limit_lifted", source: "timer" });
  }
  noteSilentHooks(draft, ctx);
}

/** When the next time-based rule is due, or null when nothing waits for time to pass. */
export function nextDueAt(draft: Draft): number | null {
  const due = challenges(draft).map((challenge) => challenge.dueAt);
  if (draft.session.limit) due.push(draft.session.limit.value.until);
  const silentAt = hooksDueAt(draft);
  if (silentAt !== null) due.push(silentAt);
  return due.length === 0 ? null : Math.min(...due);
}

function challenges(draft: Draft): Challenge[] {
  const { session } = draft;
  if (session.process.value !== "alive") return [];
  const found: Challenge[] = [];
  const running = draft.turn(session.currentTurnId);
  const { screen, level } = session.evidence;
  const add = (
    fact: Disputed,
    heldBy: Source,
    source: Source,
    since: number,
    because: string,
    promptId?: string,
  ): void => {
    const hold = holdMs(fact, heldBy, source, session.idleHoldMs);
    if (hold === undefined) return;
    const dueAt = since + hold;
    found.push({ fact, source, since, because, dueAt, ...(promptId ? { promptId } : {}) });
  };

  const open = openPrompts(draft);
  for (const prompt of open) {
    // Absent means: this screen shows something else the agent draws, not merely nothing known.
    if (!screen || (screen.dialog !== null && screen.dialog === prompt.screenFingerprint)) continue;
    const replaced = screen.dialog !== null && prompt.screenFingerprint !== null;
    if (!screen.busy && !screen.composer && !replaced) continue;
    if (prompt.channel && prompt.state === "open") continue;
    const since = Math.max(screen.since, prompt.openedAt, prompt.answeredAt ?? 0);
    // one that was drawn, and left after the key that answers it, is over whoever reported it
    const drawn = prompt.answeredAt !== null && prompt.screenFingerprint !== null;
    const heldBy = drawn ? "screen" : prompt.openedBy;
    add("dialog_open", heldBy, "screen", since, "the dialog left the screen", prompt.id);
  }

  if (running) {
    const heldBy = running.takenBy.find(isStructured) ?? running.takenBy[0] ?? "screen";
    const startedAt = running.startedAt ?? 0;
    const active = Object.keys(session.evidence.tools).length > 0 || session.backgroundJobs > 0;
    const asks = open.length > 0;
    if (level?.level === "idle" && !asks && level.since >= startedAt) {
      // said with the prompt it rather speaks of the time before: it has to stand for longer
      const isOlder =
        isStructured(heldBy) &&
        isStructured(level.source) &&
        level.since < startedAt + withPromptMs &&
        session.interrupting !== running.id;
      const since = level.since + (isOlder ? beginsWithinMs : 0);
      add("turn_running", heldBy, level.source, since, level.because);
    }
    if (screen && !screen.busy && screen.composer && screen.dialog === null && !active && !asks) {
      const heard = lastHeard(draft, heldBy);
      const since = Math.max(screen.since, startedAt, heard);
      if (level?.level !== "busy") add("turn_running", heldBy, "screen", since, screen.because);
    }
  } else {
    const heldBy = session.composer.source;
    // an agent that tells which prompts it takes does so a moment after it looks busy
    const awaited = session.acceptance !== "none" && handedOver(draft) !== undefined;
    const receiptMs = awaited ? receiptHoldMs : 0;
    const endedAt = session.composer.at;
    if (level?.level === "busy" && level.since >= endedAt - 200) {
      const since = Math.max(level.since, endedAt) + receiptMs;
      add("turn_absent", heldBy, level.source, since, level.because);
    }
    if (screen?.busy && level?.level !== "idle") {
      // one that looked busy before its end may not have been drawn since
      const frozenMs = isStructured(heldBy) && screen.since < endedAt ? drawnWithinMs : 0;
      const since = Math.max(screen.since, endedAt) + Math.max(receiptMs, frozenMs);
      add("turn_absent", heldBy, "screen", since, screen.because);
    }
    // what only the screen showed is said again by a better witness
    const confirmed =
      level?.level === "idle" &&
      isStructured(level.source) &&
      !isStructured(session.composer.source) &&
      level.since >= session.composer.at;
    const ready = session.composer.value === "ready" && !confirmed;
    // an agent that was started with a prompt is idle for a moment before it takes it
    const launching = draft.deliveries.some(
      (delivery) => delivery.via === "launch" && !isDelivered(delivery),
    );
    const hold = launching ? launchHoldMs : 0;
    if (!ready && level?.level === "idle") {
      found.push({ fact: "composer_ready", ...level, dueAt: level.since + hold });
    } else if (!ready && screen?.composer && !screen.busy && screen.dialog === null) {
      const dueAt = screen.since + hold;
      found.push({ fact: "composer_ready", source: "screen", ...screen, dueAt });
    }
    for (const delivery of draft.deliveries) {
      if (delivery.state !== "queued_by_agent" || level?.level !== "idle") continue;
      const since = Math.max(level.since, endedAt, delivery.submittedAt ?? 0);
      found.push({
        ...level,
        fact: "queue_holds",
        since,
        dueAt: since + queueHoldMs,
        deliveryId: delivery.id,
      });
    }
  }
  return found;
}

function yieldTo(draft: Draft, ctx: RuleContext, challenge: Challenge): void {
  const { source, because } = challenge;
  const running = draft.turn(draft.session.currentTurnId);
  switch (challenge.fact) {
    case "dialog_open":
      if (challenge.promptId) closePrompt(draft, challenge.promptId, ctx.now, because);
      return;
    case "turn_running":
      if (running) {
        const { interrupting, evidence } = draft.session;
        const stopped = interrupting === running.id || evidence.screen?.givenBack === true;
        const isLimited = draft.session.limit?.value.own === true;
        const outcome = stopped ? "interrupted" : isLimited ? "limited" : "completed";
        endTurn(draft, ctx, running, source, ctx.now, outcome, {
          result: null,
          error: null,
          because,
        });
      }
      return;
    case "turn_absent": {
      if (running) return;
      const turn = handedOver(draft) ?? addTurn(draft, ctx, ctx.now, "", "unknown");
      // where the agent tells which prompts it takes, a busy screen is no receipt
      const sent = draft.delivery(turn.deliveryId)?.state !== "pasted";
      const accept = sent && draft.session.acceptance === "none";
      markTaken(draft, ctx, turn, source, ctx.now, null, accept);
      return;
    }
    case "composer_ready":
      draft.setSession({ composer: { value: "ready", source, at: ctx.now, because } });
      for (const delivery of draft.deliveries) {
        if (delivery.via === "launch") doubt(draft, ctx, delivery, source);
      }
      return;
    case "queue_holds": {
      const delivery = draft.delivery(challenge.deliveryId ?? null);
      if (delivery) doubt(draft, ctx, delivery, source);
      return;
    }
  }
}

/**
 * The turn whose text is in the agent's hands. Enter may have been pressed and not been recorded
 * yet: the agent is faster than the store.
 */
function handedOver(draft: Draft): Turn | undefined {
  const all = draft.turns.filter((turn) => {
    const delivery = draft.delivery(turn.deliveryId);
    if (turn.state !== "queued" || !delivery) return false;
    return delivery.state !== "queued" || delivery.via === "launch";
  });
  // one that an idle agent left untold may have run and ended unseen; it runs now only if no other does
  const isDoubted = (turn: Turn): boolean =>
    draft.delivery(turn.deliveryId)?.state === "unconfirmed";
  return all.find((turn) => !isDoubted(turn)) ?? all.at(-1);
}

/** The agent is idle and has not shown that it took a text it was given. */
function doubt(draft: Draft, ctx: RuleContext, delivery: Delivery, source: Source): void {
  if (!canMove(delivery.state, "unconfirmed")) return;
  const because = "the agent is idle and has not shown that it took the text";
  draft.setDelivery(delivery.id, { state: "unconfirmed", because });
  draft.emit(ctx.now, {
    type: "delivery_unconfirmed",
    delivery_id: delivery.id,
    turn_id: delivery.turnId,
    source,
    because,
  });
}

function lastHeard(draft: Draft, source: Source): number {
  return isStructured(source) ? (draft.session.evidence.sources[source]?.heardAt ?? 0) : 0;
}
