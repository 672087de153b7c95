import type { Draft } from "./draft.ts";
import type { HookWatch } from "./session.ts";
import { isStructured } from "./source.ts";
import type { Turn } from "./turn.ts";
import type { RuleContext } from "./turn-rules.ts";

/** An agent that works and calls its hooks has called one by then. */
export const hookWithinMs = 15_000;

/**
 * The last hook may be told so long before a turn that tells of none: the agent had the prompt in
 * its queue, or its log is slow.
 */
const hookBeforeMs = 5_000;

/**
 * When the hooks are to be called silent, or null. A CLI may drop what it does not understand in
 * its settings without a word; then it works, as other sources show, and calls nothing.
 */
export function hooksDueAt(draft: Draft): number | null {
  const turn = unheardTurn(draft);
  if (!turn) return null;
  const { evidence } = draft.session;
  return Math.max(turn.startedAt ?? 0, evidence.hooks?.watchedSince ?? 0) + hookWithinMs;
}

/** Says that the hooks are silent when that is due. Other sources go on meanwhile. */
export function noteSilentHooks(draft: Draft, ctx: RuleContext): void {
  const dueAt = hooksDueAt(draft);
  if (dueAt === null || dueAt > ctx.now) return;
  const turn = unheardTurn(draft);
  const because = `no hook was heard within ${hookWithinMs / 1000} s of turn ${turn?.n}, which the agent took (${turn?.takenBy.join(", ")})`;
  setWatch(draft, { silent: { at: ctx.now, because } });
  draft.emit(ctx.now, { type: "channel_lost", channel: "hook", because });
}

/** A hook was heard: they are not silent any more. Gives whether they were. */
export function hooksSpeakAgain(draft: Draft): boolean {
  if (!draft.session.evidence.hooks?.silent) return false;
  setWatch(draft, { silent: null });
  return true;
}

/** Nobody listened for a while; what was called meanwhile is taken in from now on. */
export function watchHooksAnew(draft: Draft, now: number): void {
  if (draft.session.channels.includes("hook")) setWatch(draft, { watchedSince: now });
}

/**
 * The first turn that another source shows and that began after the last hook. A turn that only
 * the screen shows counts while its text waits for a receipt: what else is drawn may be a command
 * or a job of the agent's own, of which hooks do not tell.
 */
function unheardTurn(draft: Draft): Turn | undefined {
  const { session } = draft;
  if (!session.channels.includes("hook") || session.process.value !== "alive") return undefined;
  if (session.evidence.hooks?.silent) return undefined;
  const heardUntil = (session.evidence.sources.hook?.heardAt ?? 0) + hookBeforeMs;
  const since = session.evidence.resumed?.at ?? 0;
  return draft.turns.find((turn) => {
    if (turn.startedAt === null || turn.startedAt < since || turn.takenBy.includes("hook"))
      return false;
    if (turn.author === "agent" || heardUntil >= turn.startedAt) return false;
    if (turn.takenBy.some(isStructured)) return true;
    const delivery = draft.delivery(turn.deliveryId);
    return delivery !== undefined && delivery.state !== "accepted";
  });
}

function setWatch(draft: Draft, change: Partial<HookWatch>): void {
  const { evidence } = draft.session;
  const hooks = { watchedSince: null, silent: null, ...evidence.hooks, ...change };
  draft.setSession({ evidence: { ...evidence, hooks } });
}
