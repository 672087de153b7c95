import { AgentpoolError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import type { Message, Receipt, Thread } from "../../domain/message.ts";
import {
  ackMessages,
  deliverMessages,
  joinThread,
  openThread,
  postMessage,
  resolveThread,
  together,
  type MessageWish,
  type ThreadWish,
} from "../../domain/message-rules.ts";
import { Bell } from "../../platform/bell.ts";
import { newId } from "../../platform/new-id.ts";
import { InTurn } from "../../session/in-turn.ts";
import type { SessionParts } from "../../session/parts.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import type { Received } from "../../store/store.ts";

export interface Sent {
  readonly message: Message;
  readonly receipts: readonly Receipt[];
}

/** Everything of a message but whom it reaches, which depends on who is there when it is sent. */
export type Draft = Omit<MessageWish, "audience" | "sizeBytes">;

/**
 * The messages of this home. Each is kept with a receipt for everybody it reaches before its sender
 * hears of it, and is handed out to them again and again until they say that they have it.
 */
export class Messages {
  readonly #parts: Pick<SessionParts, "store" | "now">;
  readonly #turns = new InTurn();

  constructor(parts: Pick<SessionParts, "store" | "now">) {
    this.#parts = parts;
  }

  /** @throws idempotency_conflict */
  send(draft: Draft, audience: readonly string[]): Promise<Sent> {
    return this.#turns.run("messages", async () => {
      const before = await this.#before(draft);
      if (before) return before;
      return this.#untilNobodyWasFaster(async () => {
        const posted = await this.#post(draft, audience);
        return { decision: posted.decision, result: posted };
      });
    });
  }

  /** A thread and what it begins with. @throws idempotency_conflict */
  open(
    wish: ThreadWish,
    { body, idempotencyKey }: Pick<Draft, "body" | "idempotencyKey">,
  ): Promise<Sent & { readonly thread: Thread }> {
    const { now, store } = this.#parts;
    return this.#turns.run("messages", async () => {
      const known = await this.#byKey(idempotencyKey);
      const before = known?.threadId ? await store.threads.get(known.threadId) : undefined;
      if (known && before) {
        const isSame = known.body === body && known.sender === wish.author;
        if (!isSame || before.title !== wish.title) throw otherMessage(known);
        return { ...(await this.#withReceipts(known)), thread: before };
      }
      return this.#untilNobodyWasFaster(async () => {
        const opened = openThread(wish, { now: now(), id: newId("thread", now()) });
        const recipient = { to: "thread", threadId: opened.thread.id } as const;
        const { runId, author: sender } = wish;
        const draft: Draft = { runId, sender, recipient, body, via: "inbox", idempotencyKey };
        const posted = await this.#post(draft, opened.thread.participants);
        return {
          decision: together(opened.decision, posted.decision),
          result: { ...posted, thread: opened.thread },
        };
      });
    });
  }

  /** @throws thread_not_found, thread_resolved, idempotency_conflict */
  reply(
    threadId: string,
    said: Pick<Draft, "sender" | "body" | "idempotencyKey"> & {
      readonly state: "open" | "waiting";
    },
  ): Promise<Sent & { readonly thread: Thread }> {
    const { now } = this.#parts;
    const recipient = { to: "thread", threadId } as const;
    const { state, ...rest } = said;
    return this.#turns.run("messages", async () => {
      const before = await this.#before({ ...rest, runId: null, recipient, via: "inbox" });
      if (before) return { ...before, thread: await this.#thread(threadId) };
      return this.#untilNobodyWasFaster(async () => {
        const found = await this.#thread(threadId);
        if (found.state === "resolved") throw resolved(found);
        const joined = joinThread(found, { by: said.sender, now: now(), state });
        const draft: Draft = { ...rest, runId: found.runId, recipient, via: "inbox" };
        const posted = await this.#post(draft, joined.thread.participants);
        return {
          decision: together(joined.decision, posted.decision),
          result: { ...posted, thread: joined.thread },
        };
      });
    });
  }

  /** @throws thread_not_found */
  resolve(threadId: string, by: string): Promise<Thread> {
    return this.#turns.run("messages", () =>
      this.#untilNobodyWasFaster(async () => {
        const found = await this.#thread(threadId);
        const { thread, decision } = resolveThread(found, { by, now: this.#parts.now() });
        return { decision, result: thread };
      }),
    );
  }

  /**
   * What a participant has not acknowledged, oldest first; each is marked as handed over. Waits for
   * the first one when there is none.
   */
  async receive(
    participant: string,
    { limit, waitMs, signal }: { limit: number; waitMs: number; signal: AbortSignal },
  ): Promise<readonly Received[]> {
    const bell = new Bell();
    const stop = this.#parts.store.onCommit((events) => {
      if (events.some(isMessage)) bell.ring();
    });
    const until = performance.now() + waitMs;
    try {
      for (;;) {
        const found = await this.#hand(participant, limit);
        const left = until - performance.now();
        if (found.length > 0 || left <= 0) return found;
        await bell.wait(left, signal);
        if (signal.aborted) throw signal.reason;
      }
    } finally {
      stop();
    }
  }

  /**
   * The participant has these, or all up to a number; how many it had not said that of before.
   * @throws message_not_found for one that was never for it
   */
  ack(
    participant: string,
    { ids, through }: { readonly ids: readonly string[]; readonly through: number | null },
  ): Promise<number> {
    const { store, now } = this.#parts;
    return this.#turns.run(participant, () =>
      this.#untilNobodyWasFaster(async () => {
        const named: Receipt[] = [];
        for (const id of ids) {
          const receipt = await store.messages.receipt(`${id}/${participant}`);
          if (!receipt) throw notForIt(id, participant);
          named.push(receipt);
        }
        const upTo =
          through === null ? [] : await store.messages.openReceipts(participant, through);
        const others = upTo.filter(({ id }) => !named.some((one) => one.id === id));
        const open = [...named, ...others].filter(({ state }) => state !== "acked");
        return { decision: ackMessages(open, { now: now() }), result: open.length };
      }),
    );
  }

  #hand(participant: string, limit: number): Promise<readonly Received[]> {
    const { store, now } = this.#parts;
    return this.#turns.run(participant, () =>
      this.#untilNobodyWasFaster(async () => {
        const found = await store.messages.inbox(participant, limit);
        const receipts = found.map(({ receipt }) => receipt);
        return { decision: deliverMessages(receipts, { now: now() }), result: found };
      }),
    );
  }

  async #post(draft: Draft, audience: readonly string[]) {
    const { now, store } = this.#parts;
    const sizeBytes = new TextEncoder().encode(draft.body).length;
    const last = await store.messages.last();
    const id = newId("message", now());
    return postMessage({ ...draft, audience, sizeBytes }, { now: now(), id, last });
  }

  async #before(draft: Draft): Promise<Sent | undefined> {
    const known = await this.#byKey(draft.idempotencyKey);
    if (!known) return undefined;
    const isSame =
      known.body === draft.body &&
      known.sender === draft.sender &&
      JSON.stringify(known.recipient) === JSON.stringify(draft.recipient);
    if (!isSame) throw otherMessage(known);
    return this.#withReceipts(known);
  }

  async #byKey(key: string | null): Promise<Message | undefined> {
    return key === null ? undefined : this.#parts.store.messages.byIdempotencyKey(key);
  }

  async #withReceipts(message: Message): Promise<Sent> {
    return { message, receipts: await this.#parts.store.messages.receiptsOf(message.id) };
  }

  async #thread(id: string): Promise<Thread> {
    const thread = await this.#parts.store.threads.get(id);
    if (thread) return thread;
    throw new AgentpoolError("thread_not_found", `No thread "${id}"`, {
      hint: "See which there are: agentpool thread list",
    });
  }

  #untilNobodyWasFaster<T>(rule: () => Promise<Ruling<T>>): Promise<T> {
    return commitAfresh(this.#parts.store, rule, { of: "the messages" });
  }
}

function isMessage({ body }: Event): boolean {
  return body.type === "message_sent";
}

function otherMessage({ id }: Message): AgentpoolError {
  return new AgentpoolError(
    "idempotency_conflict",
    "The idempotency key was used for another message",
    { why: "Nothing was sent.", details: { message_id: id } },
  );
}

function resolved({ id, title }: Thread): AgentpoolError {
  return new AgentpoolError("thread_resolved", `The thread "${title}" is resolved`, {
    why: "Nothing is added to it any more.",
    hint: 'Open another one: agentpool thread open "TITLE" "MESSAGE"',
    details: { thread_id: id },
  });
}

function notForIt(id: string, participant: string): AgentpoolError {
  return new AgentpoolError("message_not_found", `No message "${id}" for ${participant}`, {
    hint: "See what there is: agentpool msg inbox",
    details: { message_id: id, participant },
  });
}
