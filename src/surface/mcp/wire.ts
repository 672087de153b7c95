import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { Id, Message } from "./message.ts";

/**
 * The protocol package's end of our lines. It can be told messages that were answered before it
 * was loaded: the answers it gives to those go nowhere.
 */
export class Wire implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #write: (message: object) => void;
  readonly #replays = new Map<Id, () => void>();
  readonly #running = new Set<Id>();
  readonly #idle = new Set<() => void>();

  constructor(write: (message: object) => void) {
    this.#write = write;
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if (!("method" in message) && message.id !== undefined) {
      const replayed = this.#replays.get(message.id);
      if (replayed) return replayed();
      this.#settle(message.id);
    }
    this.#write(message);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }

  receive(message: Message): void {
    const { id, method, params } = message;
    // a subscription is answered when the connection ends, not before
    const isCall = method !== undefined && method !== "subscriptions/listen";
    if (isCall && id !== undefined) this.#running.add(id);
    this.onmessage?.(message as JSONRPCMessage);
    // a cancelled request gets no answer
    if (method === "notifications/cancelled") this.#settle(params?.["requestId"] as Id);
  }

  /** Resolves when the message was worked through, and its answer dropped. */
  replay(message: Message): Promise<void> {
    if (message.id === undefined) {
      this.receive(message);
      return Promise.resolve();
    }
    // an id of its own, so that the host may use the message's again
    const id = `agentpool-replay-${crypto.randomUUID()}`;
    return new Promise((resolve) => {
      this.#replays.set(id, () => {
        this.#replays.delete(id);
        resolve();
      });
      this.onmessage?.({ ...message, id } as JSONRPCMessage);
    });
  }

  /** Resolves when no request is left unanswered. */
  idle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  #settle(id: Id): void {
    this.#running.delete(id);
    if (this.#running.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
