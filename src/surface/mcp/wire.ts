import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import type { Id, Message } from "./message.ts";

/** So many requests are at work at once; further ones wait for their turn, with what they were sent. */
const mostRunning = 64;

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
  readonly #isFull: () => boolean;
  readonly #running = new Set<Id>();
  readonly #held: Message[] = [];
  readonly #idle = new Set<() => void>();

  /** @param isFull whether answers pile up; nothing more is begun meanwhile */
  constructor(write: (message: object) => void, isFull: () => boolean = () => false) {
    this.#write = write;
    this.#isFull = isFull;
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    const isAnswer = !("method" in message) && message.id !== undefined;
    const replayed = isAnswer ? this.#replays.get(message.id as Id) : undefined;
    if (replayed) return replayed();
    // written first: what it leaves to be read decides whether the next may begin
    this.#write(message);
    if (isAnswer) this.#settle(message.id as Id);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }

  /**
   * Requests beyond the bound wait. What answers or cancels one never does: a running one may wait
   * for it.
   */
  receive(message: Message): void {
    const { id, method, params } = message;
    if (method === "notifications/cancelled") {
      const at = this.#held.findIndex((one) => one.id === params?.["requestId"]);
      // a cancelled request gets no answer
      if (at >= 0) return void this.#held.splice(at, 1);
      this.onmessage?.(message as JSONRPCMessage);
      return this.#settle(params?.["requestId"] as Id);
    }
    // a subscription is answered when the connection ends, not before
    const isCall = method !== undefined && method !== "subscriptions/listen" && id !== undefined;
    if (!isCall) return this.onmessage?.(message as JSONRPCMessage);
    // whether this server is alive is told at once
    if (method === "ping") return this.#begin(id, message);
    this.#held.push(message);
    return this.goOn();
  }

  /** Begins what waited for room. */
  goOn(): void {
    while (this.#running.size < mostRunning && !this.#isFull()) {
      const next = this.#held.shift();
      if (next?.id === undefined) break;
      this.#begin(next.id, next);
    }
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
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  #begin(id: Id, message: Message): void {
    this.#running.add(id);
    this.onmessage?.(message as JSONRPCMessage);
  }

  #isIdle(): boolean {
    return this.#running.size + this.#held.length === 0;
  }

  #settle(id: Id): void {
    this.#running.delete(id);
    this.goOn();
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }
}
