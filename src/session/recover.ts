import { isDelivered } from "../domain/delivery.ts";
import { moveDelivery } from "../domain/delivery-rules.ts";
import { AgentpoolError, messageWithWhy } from "../domain/errors.ts";
import { forgetLooks } from "../domain/screen-rules.ts";
import type { TerminalPlace } from "../domain/session.ts";
import type { DeliveryMark, TerminalInfo } from "../runtime/terminal.ts";
import { endSession } from "./end.ts";
import { readLaunch, type LaunchRecord } from "./launch-record.ts";
import type { LiveSession } from "./live-session.ts";
import { openOutbox } from "./delivery/outbox.ts";
import type { SessionParts } from "./parts.ts";
import type { Starter } from "./start.ts";
import { endProcessesOf } from "./terminate.ts";
import type { Workers } from "./workers.ts";

/**
 * Picks up every session that the store calls live, after a start of the supervisor or a loss of
 * the tmux server: a live pane is adopted by its tag, a dead one closed with its real exit code, a
 * start that was cut off is finished, and what is proven to be gone is marked lost. While tmux
 * cannot be asked nothing is proven: then they are unreachable.
 * @returns whether all of them were; if not, this is to be repeated
 */
export async function recoverSessions(
  parts: SessionParts,
  workers: Workers,
  starter: Starter,
  epoch: number,
): Promise<boolean> {
  const sessions = await parts.store.sessions.live();
  if (sessions.length === 0) return true;
  const panes = await askTmux(parts);
  const picked = await Promise.all(
    sessions.map(async ({ id }) => {
      try {
        if (panes instanceof AgentpoolError) await setUnreachable(parts, workers, id, panes);
        else await recover(parts, workers, starter, epoch, id, panes.get(id));
        return true;
      } catch (thrown) {
        parts.log("error", "a session could not be picked up", {
          session: id,
          error: String(thrown),
        });
        return false;
      }
    }),
  );
  return !(panes instanceof AgentpoolError) && picked.every(Boolean);
}

/** The panes by session; none without a server. Or why tmux cannot tell. @throws stale_epoch */
async function askTmux(
  parts: SessionParts,
): Promise<ReadonlyMap<string, TerminalInfo> | AgentpoolError> {
  try {
    await parts.host.connect();
    return new Map((await parts.host.list()).map((info) => [info.sessionId, info]));
  } catch (thrown) {
    const error = AgentpoolError.from(thrown);
    if (error.code === "stale_epoch" || error.code === "internal") throw thrown;
    parts.log("error", "tmux cannot be asked", { error: error.message, why: error.why });
    return error;
  }
}

async function setUnreachable(
  parts: SessionParts,
  workers: Workers,
  id: string,
  error: AgentpoolError,
): Promise<void> {
  const known = workers.get(id);
  const live = known?.live ?? (await workers.load(id));
  const because = messageWithWhy(error);
  await live.observe([{ source: "process", claim: { kind: "unreachable", because } }]);
  if (!known) live.close();
}

async function recover(
  parts: SessionParts,
  workers: Workers,
  starter: Starter,
  epoch: number,
  id: string,
  listed: TerminalInfo | undefined,
): Promise<void> {
  if (starter.underWay(id)) return;
  // one that was started since the panes were listed is gone from nowhere
  const info = listed ?? (await parts.host.list()).find(({ sessionId }) => sessionId === id);
  const known = workers.get(id);
  if (known && info && !info.dead && known.live.session.reachable.value) return;
  const live = known?.live ?? (await workers.load(id));
  if (info) await lookAnew(live, info);
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
    else if (live.session.closing) goOnClosing(parts, workers, live);
    return;
  }
  if (live.session.terminal === null && record) {
    // a worktree of a large repository takes its time, and nobody is to wait for it
    starter.finish(live, record).catch((thrown: unknown) => {
      parts.log("error", "a start that was cut off could not be finished", {
        session: id,
        error: String(thrown),
      });
    });
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

/**
 * The title may have changed while nobody listened, and is told only when it changes. This comes
 * before the first rule is due, which else would act on how the agent looked before a prompt ended.
 */
async function lookAnew(live: LiveSession, { title, dead }: TerminalInfo): Promise<void> {
  await live.change(forgetLooks);
  const claims = dead ? [] : (live.provider.title?.(title) ?? []);
  await live.observe(claims.map((claim) => ({ source: "terminal", claim })));
}

/** Somebody asked for its end, and the supervisor was killed over it. */
function goOnClosing(parts: SessionParts, workers: Workers, live: LiveSession): void {
  endSession(parts, workers, live.session, { kind: "system", part: "recovery" }).catch(
    (thrown: unknown) => {
      parts.log("error", "a session could not be closed", {
        session: live.id,
        error: String(thrown),
      });
    },
  );
}

/** The pane's mark tells how far a text came; rows written after the mark may be missing. */
async function settleDeliveries(
  parts: SessionParts,
  live: LiveSession,
  place: TerminalPlace,
): Promise<void> {
  const mark = await parts.host.mark(place);
  await settleAnswers(parts, live, mark);
  const open = live.view.deliveries.filter((delivery) => !isDelivered(delivery));
  await openOutbox(parts.home.session(live.id)).keepOnly(open.map((one) => one.id));
  const delivery = open.find((one) => one.id === mark?.deliveryId);
  if (!mark || !delivery) return;
  await live.change((draft, ctx) => {
    if (delivery.state === "queued") moveDelivery(draft, ctx, delivery.id, "pasted", null);
    if (mark.stage === "submitted") moveDelivery(draft, ctx, delivery.id, "submitted", null);
  });
}

/** Answers on their way when a supervisor was killed: given, or as if they were never asked for. */
async function settleAnswers(
  parts: SessionParts,
  live: LiveSession,
  mark: DeliveryMark | undefined,
): Promise<void> {
  for (const { id, answer, channel } of live.view.prompts) {
    if (answer?.given !== false) continue;
    // a text has a delivery, which goes on by itself
    if (live.view.deliveries.some((one) => one.promptId === id && !isDelivered(one))) continue;
    const given =
      answer.via === "keys"
        ? mark?.deliveryId === id
        : // a hook that still waits has not heard it; writing nothing only asks
          !(channel && (await parts.machine.writePipe(channel.address, "")));
    await live.change((draft, ctx) => {
      draft.setPrompt(
        id,
        given
          ? { answer: { ...answer, given }, answeredAt: ctx.now, state: "answer_unconfirmed" }
          : { answer: null },
      );
    });
  }
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
