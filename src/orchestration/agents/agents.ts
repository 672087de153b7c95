import type { Decision } from "../../domain/decision.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { sessionHolder } from "../../domain/hold.ts";
import type { Progress } from "../../domain/liveness.ts";
import { defaultParticipantMs, isPresent, type Participant } from "../../domain/participant.ts";
import { runSince, type Session } from "../../domain/session.ts";
import { redact } from "../../platform/redact.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import { runOf } from "../../session/lineage.ts";

type AgentParts = Pick<SessionParts, "store" | "now" | "machine" | "home">;

/** Signs of life closer together than this are one. */
const signEveryMs = 1_000;
/** Statements of an agent's channels among which the newest sign of progress is looked for. */
const lookedAt = 50;

export interface Sign {
  readonly role?: string | null;
  readonly note?: string | null;
  readonly activity?: Participant["activity"];
  readonly ttlMs?: number;
  readonly runId?: string | null;
}

/** Who takes part: sessions by being there, everybody else by saying so and going on saying it. */
export class Agents {
  readonly #parts: AgentParts;
  readonly #turns = new InTurn();

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  /** A sign of life, with what it tells; the first one registers. */
  async register(id: string, sign: Sign): Promise<Participant> {
    return this.#turns.run(id, () => this.#sign(id, sign, true));
  }

  /** @throws recipient_not_found for somebody who never registered */
  async heartbeat(id: string, sign: Sign): Promise<Participant> {
    return this.#turns.run(id, () => this.#sign(id, sign, false));
  }

  /** Whoever writes or reads is there. Sessions and persons need no sign. */
  async seen(id: string, runId: string | null): Promise<void> {
    if (!id.startsWith("agent:") && !id.startsWith("coordinator:")) return;
    const known = await this.#parts.store.participants.get(id);
    const isFresh = known?.leftAt === null && this.#parts.now() - known.seenAt < signEveryMs;
    if (!isFresh) await this.register(id, known ? {} : { runId });
  }

  /** Says goodbye; what is sent to it waits. @throws recipient_not_found */
  async leave(id: string, because: string): Promise<Participant> {
    return this.#turns.run(id, async () => {
      const known = await this.#require(id);
      if (known.leftAt !== null) return known;
      const leftAt = this.#parts.now();
      await this.#commit({
        guards: [],
        writes: [{ noun: "participant", id, update: { leftAt } }],
        events: [this.#event(known, { type: "agent_left", participant: id, because })],
      });
      return { ...known, leftAt };
    });
  }

  /** Everybody who is there at this moment: in a run, or without one at all. */
  async audience(runId: string | null): Promise<readonly string[]> {
    const { store, now } = this.#parts;
    const sessions: string[] = [];
    for (const { id } of await store.sessions.live()) {
      const isIn =
        runId === null || (await runOf(store, { kind: "session", sessionId: id })) === runId;
      if (isIn) sessions.push(sessionHolder(id));
    }
    const outside = (await store.participants.list())
      .filter(({ id }) => !id.startsWith("session:"))
      .filter((one) => isPresent(one, now()) && (runId === null || one.runId === runId))
      .map(({ id }) => id);
    return [...sessions, ...outside, "person"];
  }

  /**
   * When something of a session moved last: its pane wrote, or its agent's own channels told of a
   * tool, a message or a turn.
   */
  async progress(session: Session): Promise<Progress> {
    const { machine, home, store } = this.#parts;
    const logs = await machine.list(home.session(session.id).terminal);
    const written = Math.max(0, ...logs.map(({ mtimeMs }) => Math.floor(mtimeMs)));
    const told = await store.observations.ofSession(session.id, { limit: lookedAt });
    const last = told.findLast(({ claim }) => movements.has(claim.kind));
    const own = await store.participants.get(sessionHolder(session.id));
    const signs: Progress[] = [
      { at: runSince(session), what: "it was started" },
      { at: written, what: "its pane wrote" },
      ...(last ? [{ at: last.at, what: `its ${last.source} told ${last.claim.kind}` }] : []),
      ...(own ? [{ at: own.progressAt, what: "it told what it does" }] : []),
    ];
    return signs.reduce((a, b) => (b.at > a.at ? b : a));
  }

  async #sign(id: string, sign: Sign, registers: boolean): Promise<Participant> {
    const now = this.#parts.now();
    const known = await this.#parts.store.participants.get(id);
    if (!known && !registers) throw notRegistered(id);
    const note = sign.note === undefined || sign.note === null ? sign.note : redact(sign.note);
    const told = { ...sign, ...(note === undefined ? {} : { note }) };
    const before = known ?? newParticipant(id, now);
    const moved =
      (told.note !== undefined && told.note !== before.note) ||
      (told.activity !== undefined && told.activity !== before.activity);
    const participant: Participant = {
      ...before,
      ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
      seenAt: now,
      leftAt: null,
      progressAt: moved || before.leftAt !== null ? now : before.progressAt,
    };
    const isNew = known === undefined || known.leftAt !== null;
    await this.#commit({
      guards: [],
      writes: [{ noun: "participant", put: participant }],
      // signs of life alone are no events: there would be one every few seconds
      events: isNew
        ? [
            this.#event(participant, {
              type: "agent_registered",
              participant: id,
              role: participant.role,
              ttl_seconds: participant.ttlMs / 1000,
            }),
          ]
        : [],
    });
    return participant;
  }

  async #require(id: string): Promise<Participant> {
    const known = await this.#parts.store.participants.get(id);
    if (known) return known;
    throw notRegistered(id);
  }

  #event({ runId }: Participant, body: Decision["events"][number]["body"]) {
    return { sessionId: null, runId, at: this.#parts.now(), body };
  }

  async #commit(decision: Decision): Promise<void> {
    await this.#parts.store.commit(decision);
  }
}

/** Claims that only an agent that moves brings about; a screen that is read again is none. */
const movements: ReadonlySet<string> = new Set([
  "prompt_taken",
  "prompt_queued",
  "turn_ended",
  "tool_started",
  "tool_finished",
  "message",
  "dialog_opened",
  "dialog_closed",
]);

function newParticipant(id: string, now: number): Participant {
  return {
    id,
    runId: null,
    role: null,
    note: null,
    activity: "idle",
    ttlMs: defaultParticipantMs,
    registeredAt: now,
    seenAt: now,
    progressAt: now,
    leftAt: null,
  };
}

function notRegistered(id: string): AgentpoolError {
  const name = id.replace(/^agent:/, "");
  return new AgentpoolError("recipient_not_found", `Nobody registered as "${name}"`, {
    hint: `agentpool agent register ${name}`,
    details: { participant: id },
  });
}
