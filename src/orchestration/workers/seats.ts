import { isDelivered } from "../../domain/delivery.ts";
import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import { roleIn, type Session } from "../../domain/session.ts";
import { seatKey, type Seat, type WorkerGroup } from "../../domain/worker-group.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Asker } from "../../session/asker.ts";
import type { Sessions } from "../../session/sessions.ts";
import { plainRequest, type SpawnRequest } from "../../session/spawn-request.ts";
import { collectFiles, endSession } from "../end-session.ts";
import type { RunEnvironments } from "../scheduler/environment.ts";
import { judgeSpawnFailure, type SpawnFailure } from "../scheduler/spawn-failure.ts";
import { firstPrompt, nextPrompt } from "./worker-prompt.ts";

export interface SeatParts extends Pick<SessionParts, "store" | "log" | "now"> {
  readonly sessions: Pick<Sessions, "spawn" | "terminate" | "collect" | "send">;
  readonly environments: RunEnvironments;
}

export type Started =
  | { readonly kind: "begun" | "no_environment" }
  | (SpawnFailure & { readonly because: string });

/** What is done to the session of one worker; each step made twice is made once. */
export class Seats {
  readonly #parts: SeatParts;

  constructor(parts: SeatParts) {
    this.#parts = parts;
  }

  sessionOf(group: WorkerGroup, { n, sessionId }: Seat): Promise<Session | undefined> {
    const { sessions } = this.#parts.store;
    return sessionId === null
      ? sessions.byIdempotencyKey(seatKey(group.id, n))
      : sessions.get(sessionId);
  }

  async start(group: WorkerGroup, seat: Seat): Promise<Started> {
    const { store, sessions, environments, now } = this.#parts;
    const env = await environments.read(group.id);
    if (!env) return { kind: "no_environment" };
    const key = seatKey(group.id, seat.n);
    try {
      await sessions.spawn(workerSpawn(group, env), askerOf(group, key));
      return { kind: "begun" };
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "stale_epoch") throw thrown;
      // one that was begun and then failed is judged by what became of it
      if (await store.sessions.byIdempotencyKey(key)) return { kind: "begun" };
      return { ...judgeSpawnFailure(error, now()), because: messageWithWhy(error) };
    }
  }

  /** Nothing of it is left to be taken by the agent. */
  async isSettled({ id }: Session): Promise<boolean> {
    const { deliveries, prompts } = this.#parts.store;
    const all = await deliveries.ofSession(id);
    return all.every(isDelivered) && (await prompts.open(id)).length === 0;
  }

  async wasTold(group: WorkerGroup, seat: Seat): Promise<boolean> {
    return (
      (await this.#parts.store.deliveries.byIdempotencyKey(toldKey(group, seat))) !== undefined
    );
  }

  async tell(group: WorkerGroup, seat: Seat, session: Session): Promise<void> {
    await this.#parts.sessions.send(
      {
        session: session.id,
        text: nextPrompt(),
        command: false,
        when: "idle",
        waitFor: "none",
        timeoutMs: 0,
        ttlMs: 600_000,
      },
      askerOf(group, toldKey(group, seat)),
    );
  }

  /** Keeps a worker's files and ends it. False while processes of it may live. */
  async end(group: WorkerGroup, session: Session): Promise<boolean> {
    const collected = await collectFiles(this.#parts, session);
    const asker = askerOf(group, `end:${session.id}`);
    return endSession(this.#parts, session, asker, { collected });
  }

  /** Whether it was given a task after the event with this number. */
  async tookTask({ id }: Session, afterSeq: number): Promise<boolean> {
    const wanted = { sessionIds: [id], types: ["task_claimed"], limit: 1 };
    return (await this.#parts.store.events.since(afterSeq, wanted)).length > 0;
  }
}

/** How a worker is started. */
export function workerSpawn(
  group: Omit<WorkerGroup, "id" | "seats">,
  env: Readonly<Record<string, string>>,
): SpawnRequest {
  return {
    ...plainRequest,
    provider: group.providerId,
    task: firstPrompt(group),
    repo: group.repoPath,
    role: roleIn(group.mode),
    mode: group.mode,
    model: group.model,
    effort: group.effort,
    envNames: group.envNames,
    env,
    cwd: group.repoPath,
    toolset: "worker",
    runId: group.runId,
  };
}

function toldKey(group: WorkerGroup, { n, told }: Seat): string {
  return `${seatKey(group.id, n)}:told:${told}`;
}

function askerOf({ id }: Pick<WorkerGroup, "id">, idempotencyKey: string): Asker {
  return {
    principal: { kind: "system", part: `workers:${id}` },
    idempotencyKey,
    signal: new AbortController().signal,
  };
}
