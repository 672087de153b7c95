import { cutOffTurn } from "../domain/continue.ts";
import type { Draft } from "../domain/draft.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import { isEndState, type Session } from "../domain/session.ts";
import type { ProcessIdentity } from "../runtime/machine.ts";
import type { SessionParts } from "./parts.ts";
import { askToLeave, endProcessesOf } from "./terminate.ts";
import { notPicked, type Workers } from "./workers.ts";

/** How long tmux may take to notice that the last process is gone. */
const noticedWithinMs = 5_000;

export interface Ended {
  readonly session: Session;
  readonly alreadyEnded: boolean;
  readonly survivors: readonly ProcessIdentity[];
}

/**
 * Ends a session on request: its processes, its pane, its row. Closed while idle it is completed,
 * during a turn or before a prompt was taken cancelled. A second call finds it ended and does
 * nothing.
 * @param options `ask`: the agent is told to leave by its own keys first, and ended when it does not
 */
export async function endSession(
  parts: SessionParts,
  workers: Workers,
  session: Session,
  principal: Principal,
  options: { readonly ask?: boolean } = {},
): Promise<Ended> {
  if (isEndState(session.state)) {
    if (session.terminal) await parts.host.close(session.terminal).catch(() => undefined);
    return { session, alreadyEnded: true, survivors: [] };
  }
  const worker = workers.get(session.id);
  if (!worker) throw notPicked(session);
  const { live } = worker;
  const by = formatPrincipal(principal);
  await live.change((draft, ctx) => {
    if (draft.session.closing) return;
    const unfinished = whatIsUnfinished(draft);
    const value = unfinished === null ? "completed" : "cancelled";
    const because = `it was closed by ${by} ${unfinished ?? "while idle"}`;
    draft.setSession({ closing: { value, source: "operation", at: ctx.now, because } });
    draft.emit(ctx.now, { type: "session_closing", as: value, by });
  });
  await workers.keepLastScreen(worker);
  if (options.ask === true) await askToLeave(parts, live);
  const survivors = await endProcessesOf(parts, live.session);
  if (survivors.length > 0) {
    await live.change((draft, ctx) => {
      draft.emit(ctx.now, { type: "survivors_left", pids: survivors.map((one) => one.pid) });
    });
  }
  const place = live.session.terminal;
  await workers.ended(live.id);
  await live.until((view) => (isEndState(view.session.state) ? true : undefined), {
    timeoutMs: noticedWithinMs,
  });
  if (place) await parts.host.close(place);
  await workers.ended(live.id);
  const after = (await parts.store.sessions.get(session.id)) ?? live.session;
  return { session: after, alreadyEnded: false, survivors };
}

/** What its end takes away, null for nothing. */
function whatIsUnfinished(draft: Draft): string | null {
  if (draft.session.currentTurnId !== null) return "during a turn";
  if (draft.turns.some((turn) => turn.state === "queued")) return "before it took its prompt";
  return draft.session.limit && cutOffTurn(draft) ? "while a limit held up its turn" : null;
}
