import { AgentpoolError } from "../domain/errors.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import { requestedBefore } from "./requested-before.ts";
import type { ScreenSource } from "./sources/screen.ts";

const attempts = 2;

export interface InterruptRequest {
  readonly author: string;
  /** The same request made again finds by it what it did; null when nobody can repeat it. */
  readonly requestKey: string | null;
  /** The agent's own channel, where it has one that is up. */
  readonly stop?: (() => Promise<void>) | undefined;
}

/**
 * Interrupts the running turn and waits until the agent shows that it stopped: through its own
 * channel where it has one that answers, else with its keys.
 * A second press comes only after the first had its time and the screen still shows work: at an
 * input line the same key may open a dialog.
 * @throws nothing_to_interrupt, terminal_failed, interrupt_unconfirmed
 */
export async function interruptTurn(
  live: LiveSession,
  parts: SessionParts,
  screen: ScreenSource,
  { author, requestKey, stop }: InterruptRequest,
): Promise<void> {
  const { keys, gapMs, withinMs } = live.provider.interrupt;
  const request = { sessionId: live.id, type: "interrupt_requested", requestKey } as const;
  const before = (await requestedBefore(parts.store, request))?.turn_id ?? null;
  if (before !== null && (await hasStopped(live, before, withinMs))) return;
  const turnId = live.session.currentTurnId;
  if (turnId === null) {
    throw new AgentpoolError("nothing_to_interrupt", `Session ${live.id} runs no turn`, {
      why: `Its state is ${live.session.state}: ${live.session.stateBecause}.`,
      hint: `agentpool observe ${live.id}`,
    });
  }
  await live.change((draft, ctx) => {
    draft.setSession({ interrupting: turnId });
    draft.emit(ctx.now, {
      type: "interrupt_requested",
      turn_id: turnId,
      by: author,
      request_key: requestKey,
    });
  });
  const isOver = (): Promise<boolean> => hasStopped(live, turnId, withinMs);
  if (stop && (await tell(live, parts, stop)) && (await isOver())) return;
  for (let attempt = 0; attempt < attempts; attempt++) {
    for (const [index, group] of keys.entries()) {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, gapMs));
      if (live.session.currentTurnId !== turnId) break;
      await press(live, parts, group);
    }
    if (await isOver()) return;
    const look = await screen.look();
    if (live.session.currentTurnId !== turnId) return;
    if (look?.reading?.composer && !look.reading.busy) break;
  }
  await live.change((draft) => {
    if (draft.session.interrupting === turnId) draft.setSession({ interrupting: null });
  });
  throw new AgentpoolError("interrupt_unconfirmed", `Session ${live.id} was told to stop`, {
    why: "The agent has not shown that the turn ended.",
    hint: `agentpool explain ${live.id}`,
  });
}

async function hasStopped(live: LiveSession, turnId: string, timeoutMs: number): Promise<boolean> {
  const stopped = await live.until(
    (view) => (view.session.currentTurnId === turnId ? undefined : true),
    { timeoutMs },
  );
  return stopped === true;
}

async function tell(
  live: LiveSession,
  parts: SessionParts,
  stop: () => Promise<void>,
): Promise<boolean> {
  try {
    await stop();
    return true;
  } catch (thrown) {
    parts.log("warn", "the agent's API took no interrupt", {
      session: live.id,
      error: String(thrown),
    });
    return false;
  }
}

async function press(
  live: LiveSession,
  parts: SessionParts,
  keys: readonly string[],
): Promise<void> {
  const place = live.session.terminal;
  const result = place ? await parts.host.press(place, keys) : undefined;
  if (result?.ok) return;
  throw new AgentpoolError("terminal_failed", `The keys could not be pressed in ${live.id}`, {
    why: result ? `The terminal refused them: ${result.reason}.` : "It has no terminal.",
    hint:
      result?.reason === "in_mode"
        ? "Somebody reads back in that pane; leave copy mode with q."
        : `agentpool explain ${live.id}`,
  });
}
