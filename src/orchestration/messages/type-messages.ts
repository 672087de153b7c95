import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { deliverMessages } from "../../domain/message-rules.ts";
import type { Message } from "../../domain/message.ts";
import type { Principal } from "../../domain/principal.ts";
import { isLive } from "../../domain/session.ts";
import type { Send } from "../../session/send.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Received } from "../../store/store.ts";

export interface TypingParts extends Pick<SessionParts, "store" | "now" | "log"> {
  /** Hands a text to a session's outbox; the same key hands over no second one. */
  readonly send: (
    request: Send & { readonly session: string },
    asker: {
      readonly principal: Principal;
      readonly idempotencyKey: string;
      readonly signal: AbortSignal;
    },
  ) => Promise<{ readonly delivery: { readonly id: string } | null }>;
}

/** A message that could not be typed for so long stays in the inbox alone. */
const typedWithinMs = 24 * 3_600_000;

const system: Principal = { kind: "system", part: "messages" };

/**
 * Types messages into panes where that was asked for: through the outbox of the session, so that
 * each is typed once whatever is killed, at a moment when the agent takes a text and shows no
 * dialog. What the agent took is delivered; what it could not be given stays in its inbox.
 */
export class TypeMessages {
  readonly #parts: TypingParts;
  #unlisten: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(parts: TypingParts) {
    this.#parts = parts;
  }

  /** Goes on with what an earlier supervisor left. */
  open(): void {
    this.#unlisten = this.#parts.store.onCommit((events) => {
      if (events.some(concerns)) this.look();
    });
    this.look();
  }

  close(): void {
    this.#closed = true;
    this.#unlisten?.();
  }

  /** Looks at everything that waits; calls meanwhile lead to one look more. */
  look(): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#running = this.#lookNow()
      .catch((thrown: unknown) => {
        if (this.#closed) return;
        this.#parts.log("error", "messages could not be typed", { error: String(thrown) });
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.look();
      });
  }

  async #lookNow(): Promise<void> {
    for (const received of await this.#parts.store.messages.toType()) {
      if (this.#closed) return;
      if (received.receipt.deliveryId === null) await this.#type(received);
      else await this.#judge(received, received.receipt.deliveryId);
    }
  }

  async #type({ message, receipt }: Received): Promise<void> {
    const { store, now, log } = this.#parts;
    const sessionId = receipt.participant.replace(/^session:/, "");
    const session = await store.sessions.get(sessionId);
    // one that is over may be resumed
    if (!session || !isLive(session)) return;
    // a text would answer what it asks
    if ((await store.prompts.open(sessionId)).length > 0) return;
    try {
      const { delivery } = await this.#parts.send(
        {
          session: sessionId,
          text: asTyped(message),
          command: false,
          when: "idle",
          waitFor: "none",
          timeoutMs: 0,
          ttlMs: typedWithinMs,
        },
        {
          principal: system,
          idempotencyKey: `message:${receipt.id}`,
          signal: new AbortController().signal,
        },
      );
      if (!delivery) return;
      const { id: delivery_id } = delivery;
      await store.commit({
        guards: [{ noun: "receipt", id: receipt.id, expect: { state: "queued" } }],
        writes: [{ noun: "receipt", id: receipt.id, update: { deliveryId: delivery_id } }],
        events: [
          {
            sessionId,
            runId: message.runId,
            at: now(),
            body: {
              type: "message_typed",
              message_id: message.id,
              participant: receipt.participant,
              delivery_id,
            },
          },
        ],
      });
    } catch (thrown) {
      const { code, message: why } = AgentpoolError.from(thrown);
      if (mayChange.has(code)) return;
      log("warn", "a message stays in the inbox", { message: message.id, error: why });
      await this.#leaveInInbox(receipt.id);
    }
  }

  async #judge({ message, receipt }: Received, deliveryId: string): Promise<void> {
    const { store, now } = this.#parts;
    const delivery = await store.deliveries.get(deliveryId);
    if (delivery?.state === "accepted") {
      await store.commit(deliverMessages([receipt], { now: now(), runId: message.runId }));
    } else if (!delivery || delivery.endedAt !== null) await this.#leaveInInbox(receipt.id);
  }

  async #leaveInInbox(id: string): Promise<void> {
    await this.#parts.store.commit({
      guards: [],
      writes: [{ noun: "receipt", id, update: { via: "inbox" } }],
      events: [],
    });
  }
}

/** What is not so for ever: it is tried again when the session changes. */
const mayChange: ReadonlySet<string> = new Set([
  "session_ended",
  "session_busy",
  "prompt_open",
  "conflict",
  "stale_epoch",
  "terminal_failed",
]);

function concerns({ body }: Event): boolean {
  switch (body.type) {
    case "message_sent":
    case "session_started":
    case "session_resumed":
    case "session_state_changed":
    case "prompt_answered":
    case "prompt_withdrawn":
    case "delivery_accepted":
    case "delivery_refused":
    case "delivery_expired":
    case "delivery_cancelled":
      return true;
    default:
      return false;
  }
}

/**
 * Who reads it in a pane must see who speaks. The body is quoted, so that no line of it can pass for
 * the head of another message, from a person maybe.
 */
function asTyped({ id, sender, body }: Message): string {
  const quoted = body.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => `> ${line}`);
  return `Message ${id} from ${sender}:\n\n${quoted.join("\n")}`;
}
