import {
  judgeParticipant,
  judgeSession,
  type Health,
  type Progress,
} from "../../domain/liveness.ts";
import { sessionHolder } from "../../domain/hold.ts";
import { isLive, type Session } from "../../domain/session.ts";
import type { Participant } from "../../domain/participant.ts";
import { formatTime } from "../../domain/time.ts";
import type { OperationContext, Style, Z } from "../define.ts";
import { table } from "../table.ts";

export interface AgentJson {
  /** `session:ap_…`, `agent:<name>` or `coordinator:…`. */
  participant: string;
  name: string | null;
  session_id: string | null;
  provider_id: string | null;
  role: string | null;
  /** Of a session its own; of others `working` or `idle`. */
  state: string;
  health: Health;
  because: string;
  note: string | null;
  progress_at: string;
  still_seconds: number;
  since: string;
}

export interface RowOptions {
  readonly thresholdMs: number;
  /** Those that ended before are left out, epoch ms. */
  readonly endedSince: number;
}

/** Sessions and agents outside, each with whether it moves. */
export async function agentRows(ctx: OperationContext, options: RowOptions): Promise<AgentJson[]> {
  const { store } = ctx.app;
  const told = new Map((await store.participants.list()).map((one) => [one.id, one]));
  const live = await store.sessions.live();
  const ended = await endedSessions(ctx, options.endedSince);
  const rows: AgentJson[] = [];
  for (const session of [...live, ...ended]) {
    const progress = isLive(session)
      ? await ctx.app.agents.progress(session)
      : { at: session.endedAt ?? session.updatedAt, what: "it ended" };
    rows.push(ofSession(session, told.get(sessionHolder(session.id)), { ctx, options, progress }));
  }
  const outside = [...told.values()].filter(({ id }) => !id.startsWith("session:"));
  for (const one of outside) {
    if (one.leftAt === null || one.leftAt >= options.endedSince) {
      rows.push(ofParticipant(one, ctx.app.now(), options));
    }
  }
  return rows;
}

/** Newest first; sessions that ended long ago are not looked at. */
async function endedSessions({ app }: OperationContext, since: number): Promise<Session[]> {
  const { sessions } = await app.store.sessions.list({
    states: ["completed", "failed", "cancelled", "lost"],
    limit: mostEnded,
    offset: 0,
  });
  return sessions.filter(({ endedAt }) => endedAt !== null && endedAt >= since);
}

const mostEnded = 500;

function ofSession(
  session: Session,
  told: Participant | undefined,
  of: {
    readonly ctx: OperationContext;
    readonly options: RowOptions;
    readonly progress: Progress;
  },
): AgentJson {
  const now = of.ctx.app.now();
  const { thresholdMs } = of.options;
  return {
    participant: sessionHolder(session.id),
    name: session.name,
    session_id: session.id,
    provider_id: session.providerId,
    role: session.role,
    state: session.state,
    ...judgeSession(session, of.progress, { now, thresholdMs }),
    note: told?.note ?? null,
    progress_at: formatTime(of.progress.at),
    still_seconds: still(now, of.progress.at),
    since: formatTime(session.createdAt),
  };
}

function ofParticipant(one: Participant, now: number, { thresholdMs }: RowOptions): AgentJson {
  return {
    participant: one.id,
    name: one.id.replace(/^agent:/, ""),
    session_id: null,
    provider_id: null,
    role: one.role,
    state: one.activity,
    ...judgeParticipant(one, { now, thresholdMs }),
    note: one.note,
    progress_at: formatTime(one.progressAt),
    still_seconds: still(now, one.progressAt),
    since: formatTime(one.registeredAt),
  };
}

function still(now: number, at: number): number {
  return Math.max(0, Math.round((now - at) / 1000));
}

export function agentJson(z: Z) {
  const maybe = z.string().nullable();
  return z.looseObject({
    participant: z.string(),
    name: maybe,
    session_id: maybe,
    provider_id: maybe,
    role: maybe,
    state: z.string(),
    health: z.string(),
    because: z.string(),
    note: maybe,
    progress_at: z.string(),
    still_seconds: z.number(),
    since: z.string(),
  });
}

export function agentTable(agents: readonly AgentJson[], style: Style): string {
  return table(
    ["AGENT", "PROVIDER", "STATE", "HEALTH", "STILL", "BECAUSE"],
    agents.map((one) => [
      one.session_id === null ? one.participant : (one.name ?? one.session_id),
      one.provider_id ?? "-",
      one.state,
      one.health === "healthy" ? one.health : style.yellow(one.health),
      `${one.still_seconds}s`,
      one.note ?? one.because,
    ]),
    style,
  );
}
