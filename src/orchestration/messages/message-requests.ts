import { AgentpoolError } from "../../domain/errors.ts";
import { longestMessageBytes, type Message, type Thread } from "../../domain/message.ts";
import { participantOf } from "../../domain/participant.ts";
import type { Principal } from "../../domain/principal.ts";
import { redact } from "../../platform/redact.ts";
import type { Asker } from "../../session/asker.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Received } from "../../store/store.ts";
import { findParticipant } from "../agents/find-participant.ts";
import type { Agents } from "../agents/agents.ts";
import { refuseOtherName } from "../approvals/approval-requests.ts";
import { runOf } from "../../session/lineage.ts";
import { ofOwnRun, refuseOtherRecipient, refuseOtherThread, threadsSeenBy } from "../reach.ts";
import { waitUntil } from "../wait-until.ts";
import { findThread } from "./find-thread.ts";
import type { Messages, Sent } from "./messages.ts";

/** Who speaks, and in which run. */
interface Speaker {
  readonly sender: string;
  readonly runId: string | null;
}

/**
 * What may be asked about messages, by whom, in the words of whoever asks. `agent` is the name a
 * person's shell acts under; null for who it is.
 */
export class MessageRequests {
  readonly #parts: Pick<SessionParts, "store">;
  readonly #messages: Messages;
  readonly #agents: Agents;

  constructor(parts: Pick<SessionParts, "store">, messages: Messages, agents: Agents) {
    this.#parts = parts;
    this.#messages = messages;
    this.#agents = agents;
  }

  /**
   * To one participant, or with null to everybody who is there. With `pane` it is typed into the
   * sessions, and for so long it is waited for that they take it.
   * @throws recipient_not_found, idempotency_conflict, text_too_large
   */
  async send(
    request: {
      readonly to: string | null;
      readonly runId: string | null;
      readonly body: string;
      readonly via: "inbox" | "pane";
      readonly timeoutMs: number;
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<Sent> {
    checkSize(request.body);
    const speaker = await this.#speaker(request.agent, asker.principal);
    const { sender } = speaker;
    const runId = speaker.runId ?? request.runId;
    const { to, via } = request;
    const recipient =
      to === null
        ? ({ to: "all" } as const)
        : ({ to: "participant", name: await findParticipant(this.#parts.store, to) } as const);
    if (recipient.to === "participant") {
      const whom = { recipient: recipient.name, via };
      await refuseOtherRecipient(this.#parts.store, asker.principal, whom);
    }
    const audience =
      recipient.to === "all" ? await this.#everybody(runId, asker.principal) : [recipient.name];
    if (recipient.to === "participant" && recipient.name === sender) {
      throw new AgentpoolError("invalid_input", "A message to oneself reaches nobody", {
        hint: "Keep a note instead, or name somebody else: agentpool agents",
      });
    }
    const { idempotencyKey } = asker;
    const body = redact(request.body);
    const sent = await this.#messages.send(
      { runId, sender, recipient, body, via, idempotencyKey },
      audience,
    );
    return via === "pane" ? this.#typed(sent, request.timeoutMs, asker.signal) : sent;
  }

  /** Whom a message to everybody would reach now; nothing is kept of who asked. @throws as `send` */
  async audience(
    request: {
      readonly runId: string | null;
      readonly body: string;
      readonly agent: string | null;
    },
    asker: Pick<Asker, "principal">,
  ): Promise<readonly string[]> {
    checkSize(request.body);
    const { sender, runId } = await this.#speakerAsIs(request.agent, asker.principal);
    const reached = await this.#everybody(runId ?? request.runId, asker.principal);
    return reached.filter((participant) => participant !== sender);
  }

  async open(
    request: {
      readonly title: string;
      readonly body: string;
      readonly priority: Thread["priority"];
      readonly invited: readonly string[];
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<Sent & { readonly thread: Thread }> {
    checkSize(request.body);
    const { sender, runId } = await this.#speaker(request.agent, asker.principal);
    const { store } = this.#parts;
    const invited = await Promise.all(request.invited.map((one) => findParticipant(store, one)));
    for (const recipient of invited) {
      await refuseOtherRecipient(store, asker.principal, { recipient, via: "inbox" });
    }
    return this.#messages.open(
      { runId, title: redact(request.title), priority: request.priority, author: sender, invited },
      { body: redact(request.body), idempotencyKey: asker.idempotencyKey },
    );
  }

  /** @throws thread_not_found, thread_resolved */
  async reply(
    request: {
      readonly thread: string;
      readonly body: string;
      readonly state: "open" | "waiting";
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<Sent & { readonly thread: Thread }> {
    checkSize(request.body);
    const { sender } = await this.#speaker(request.agent, asker.principal);
    const thread = await this.#thread(request.thread, asker.principal);
    return this.#messages.reply(thread.id, {
      sender,
      body: redact(request.body),
      state: request.state,
      idempotencyKey: asker.idempotencyKey,
    });
  }

  async resolve(
    request: { readonly thread: string; readonly agent: string | null },
    asker: Asker,
  ): Promise<Thread> {
    const { sender } = await this.#speaker(request.agent, asker.principal);
    const { id } = await this.#thread(request.thread, asker.principal);
    return this.#messages.resolve(id, sender);
  }

  async #everybody(runId: string | null, principal: Principal): Promise<readonly string[]> {
    return ofOwnRun(this.#parts.store, principal, await this.#agents.audience(runId));
  }

  async #thread(named: string, principal: Principal): Promise<Thread> {
    const { store } = this.#parts;
    const thread = await findThread(store, named, await threadsSeenBy(store, principal));
    await refuseOtherThread(store, principal, thread);
    return thread;
  }

  /** What was not acknowledged yet, oldest first; waits for the first when there is none. */
  async receive(
    request: {
      readonly ackThrough: number | null;
      readonly limit: number;
      readonly waitMs: number;
      readonly history: number;
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<{
    readonly participant: string;
    readonly received: readonly Received[];
    /** Not acknowledged, these included. */
    readonly open: number;
    readonly history: readonly Message[];
  }> {
    const { sender: participant, runId } = await this.#speaker(request.agent, asker.principal);
    const { limit, waitMs } = request;
    if (request.ackThrough !== null) {
      await this.#messages.ack(participant, { ids: [], through: request.ackThrough });
    }
    const received = await this.#messages.receive(participant, {
      limit,
      waitMs,
      signal: asker.signal,
    });
    const { messages } = this.#parts.store;
    const history =
      request.history === 0
        ? []
        : await messages.history({ participant, runId, limit: request.history });
    return { participant, received, open: await messages.countOpen(participant), history };
  }

  /** @throws message_not_found */
  async ack(
    request: {
      readonly ids: readonly string[];
      readonly through: number | null;
      readonly agent: string | null;
    },
    asker: Asker,
  ): Promise<{ readonly participant: string; readonly acked: number }> {
    const { sender: participant } = await this.#speaker(request.agent, asker.principal);
    const { ids, through } = request;
    return { participant, acked: await this.#messages.ack(participant, { ids, through }) };
  }

  /** Whoever speaks or reads is there from then on. @throws policy_blocked */
  async #speaker(agent: string | null, principal: Principal): Promise<Speaker> {
    const { sender, runId } = await this.#speakerAsIs(agent, principal);
    await this.#agents.seen(sender, runId);
    return { sender, runId };
  }

  /** Whoever would speak, with no sign of it. @throws policy_blocked */
  async #speakerAsIs(agent: string | null, principal: Principal): Promise<Speaker> {
    refuseOtherName(principal, agent);
    const sender = participantOf(principal, agent);
    const runId = await runOf(this.#parts.store, principal);
    const known = await this.#parts.store.participants.get(sender);
    return { sender, runId: runId ?? known?.runId ?? null };
  }

  /** The receipts once nothing waits to be typed any more, or as they are when the time is over. */
  async #typed(sent: Sent, timeoutMs: number, signal: AbortSignal): Promise<Sent> {
    const { store } = this.#parts;
    let receipts: Sent["receipts"] = sent.receipts;
    const isTyped = async (): Promise<boolean> => {
      receipts = await store.messages.receiptsOf(sent.message.id);
      return !receipts.some(({ via, state }) => via === "pane" && state === "queued");
    };
    await waitUntil(store, isTyped, { timeoutMs, signal });
    return { ...sent, receipts };
  }
}

function checkSize(body: string): void {
  const size = Buffer.byteLength(body);
  if (size <= longestMessageBytes) return;
  throw new AgentpoolError("text_too_large", `The message has ${size} bytes`, {
    why: `A message may have ${longestMessageBytes}.`,
    hint: "Put the text into a file, and send its path.",
    details: { size_bytes: size, max_bytes: longestMessageBytes },
  });
}
