import { isDelivered } from "../domain/delivery.ts";
import { moveDelivery } from "../domain/delivery-rules.ts";
import type { TerminalPlace } from "../domain/session.ts";
import type { TerminalInfo } from "../runtime/terminal.ts";
import { readLaunch, type LaunchRecord } from "./launch-record.ts";
import type { LiveSession } from "./live-session.ts";
import { openOutbox } from "./outbox.ts";
import type { SessionParts } from "./parts.ts";
import type { Starter } from "./start.ts";
import { endProcessesOf } from "./terminate.ts";
import type { Workers } from "./workers.ts";

/**
 * Picks up every session that the store calls live, after a start of the supervisor or a loss of
 * the tmux server: a live pane is adopted by its tag, a dead one closed with its real exit code, a
 * start that was cut off is finished, and what is proven to be gone is marked lost.
 */
export async function recoverSessions(
  parts: SessionParts,
  workers: Workers,
  starter: Starter,
  epoch: number,
): Promise<void> {
  const sessions = await parts.store.sessions.live();
  if (sessions.length === 0) return;
  const panes = new Map((await panesOrNone(parts)).map((info) => [info.sessionId, info]));
  await Promise.all(
    sessions.map(async ({ id }) => {
      try {
        await recover(parts, workers, starter, epoch, id, panes.get(id));
      } catch (thrown) {
        parts.log("error", "a session could not be picked up", {
          session: id,
          error: String(thrown),
        });
      }
    }),
  );
}

/** Without tmux, or without its server, there are no panes; the sessions are judged all the same. */
async function panesOrNone(parts: SessionParts): Promise<readonly TerminalInfo[]> {
  await parts.host.connect();
  return parts.host.list();
}

async function recover(
  parts: SessionParts,
  workers: Workers,
  starter: Starter,
  epoch: number,
  id: string,
  info: TerminalInfo | undefined,
): Promise<void> {
  const known = workers.get(id);
  const live = known?.live ?? (await workers.load(id));
  const record = await readLaunch(parts.machine, parts.home.session(id));

  if (info) {
    await settleDeliveries(parts, live, info.place);
    await live.change((draft, ctx) => {
      // killed between opening the pane and writing so: what comes with the start has begun
      const isStart = draft.session.process.value === "none";
      draft.setSession({
        terminal: keepIdentity(live.session.terminal, info.place),
        ...(isStart
          ? {
              process: {
                value: "alive" as const,
                source: "process" as const,
                at: ctx.now,
                because: "found in its pane",
              },
            }
          : {}),
      });
      if (isStart && record?.launchedDelivery != null) {
        moveDelivery(draft, ctx, record.launchedDelivery, "submitted", null);
      }
      draft.emit(ctx.now, { type: "session_adopted", epoch });
    });
    await live.observe([{ source: "process", claim: { kind: "reachable" } }]);
    if (!known) workers.add(live, record ?? emptyRecord(live));
    if (!info.logging && !info.dead) await starter.relog(live, info.place);
    if (info.dead) await workers.ended(id);
    return;
  }
  if (live.session.terminal === null && record) {
    await starter.finish(live, record);
    return;
  }
  await endProcessesOf(parts, live.session);
  const worker = known ?? workers.add(live, record ?? emptyRecord(live));
  await workers.gone(
    worker,
    live.session.terminal === null
      ? "the start was cut off before the agent ran"
      : "its pane is gone: the tmux server ended",
  );
}

/** The pane's mark tells how far a text came; rows written after the mark may be missing. */
async function settleDeliveries(
  parts: SessionParts,
  live: LiveSession,
  place: TerminalPlace,
): Promise<void> {
  const mark = await parts.host.mark(place);
  const open = live.view.deliveries.filter((delivery) => !isDelivered(delivery));
  await openOutbox(parts.home.session(live.id)).keepOnly(open.map((one) => one.id));
  const delivery = open.find((one) => one.id === mark?.deliveryId);
  if (!mark || !delivery) return;
  await live.change((draft, ctx) => {
    if (delivery.state === "queued") moveDelivery(draft, ctx, delivery.id, "pasted", null);
    if (mark.stage === "submitted") moveDelivery(draft, ctx, delivery.id, "submitted", null);
  });
}

/** The stored pid and start are kept: they name the process we started, whatever lives there now. */
function keepIdentity(stored: TerminalPlace | null, found: TerminalPlace): TerminalPlace {
  return stored && stored.pid !== null
    ? { ...found, pid: stored.pid, startToken: stored.startToken }
    : found;
}

function emptyRecord(live: LiveSession): LaunchRecord {
  return {
    argv: [],
    env: {},
    files: [],
    agentSessionId: live.session.agentSessionId,
    facts: {},
    cwd: live.session.workspace.workPath,
    // unknown without the record; then a channel is waited for in vain, at worst
    hooksReply: true,
    launchedDelivery: null,
    worktree: null,
  };
}
