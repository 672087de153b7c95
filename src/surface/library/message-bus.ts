import { AgentpoolError } from "../../domain/errors.ts";
import type { AgentPoolClient } from "./client.ts";
import type { ConnectOptions } from "./connect.ts";
import { Connection, connectFields } from "./connection.ts";
import { checkFields } from "./given.ts";

export interface Message {
  readonly id: string;
  /** Rises with every message of the home. */
  readonly n: number;
  readonly from: string;
  /** A participant, `all`, or the id of a thread. */
  readonly to: string;
  readonly content: string;
  /** RFC 3339, UTC. */
  readonly timestamp: string;
}

export interface ReceivedMessage extends Message {
  /** It was handed out before, and not acknowledged. */
  readonly again: boolean;
}

/**
 * Messages between programs, agents outside, sessions and the person (`person`). They lie in the
 * store: what was sent to somebody who is gone waits, and what was received and not acknowledged
 * comes again.
 */
export class MessageBus implements AsyncDisposable {
  readonly #connection: Connection;

  /** Whether this made the connection, and closes it. */
  readonly #isOwn: boolean;

  constructor(options: ConnectOptions | Connection = {}) {
    this.#isOwn = !(options instanceof Connection);
    if (!(options instanceof Connection)) checkFields("MessageBus", options, connectFields);
    this.#connection = options instanceof Connection ? options : new Connection(options);
  }

  /** Takes part under this name; without a sign of life for `ttlSeconds` (5 min) it is gone. */
  async register(
    agent: string,
    options: { readonly role?: string | undefined; readonly ttlSeconds?: number | undefined } = {},
  ): Promise<void> {
    await (await this.#client()).agent.register({ name: agent, ...options });
  }

  /** What is sent to it waits until it registers again. @throws recipient_not_found */
  async unregister(agent: string): Promise<void> {
    await (await this.#client()).agent.leave({ name: agent });
  }

  /** @throws recipient_not_found with the nearest name, text_too_large */
  async send(from: string, to: string, content: string): Promise<Message> {
    const { message } = await (
      await this.#client()
    ).message.send({ agent: from, to, body: content });
    return toMessage(message);
  }

  /** To everybody who is there at this moment. */
  async broadcast(from: string, content: string): Promise<Message> {
    const { message } = await (
      await this.#client()
    ).message.broadcast({ agent: from, body: content });
    if (message === null)
      throw new AgentpoolError("internal", "A message was sent and none is there");
    return toMessage(message);
  }

  /**
   * What was sent to an agent and is not acknowledged, oldest first.
   * @param options.waitSeconds waits for something so long; not at all when absent
   */
  async receive(
    agent: string,
    options: {
      readonly waitSeconds?: number | undefined;
      readonly limit?: number | undefined;
    } = {},
  ): Promise<ReceivedMessage[]> {
    checkFields("MessageBus.receive", options, ["waitSeconds", "limit"]);
    const { waitSeconds, limit } = options;
    const { messages } = await (
      await this.#client()
    ).message.check({
      agent,
      ...(waitSeconds === undefined ? {} : { timeoutSeconds: waitSeconds }),
      ...(limit === undefined ? {} : { limit }),
    });
    return messages.map((one) => ({ ...toMessage(one), again: one.again }));
  }

  /** These were dealt with, and do not come again. */
  async ack(agent: string, messages: readonly Pick<Message, "id">[]): Promise<void> {
    if (messages.length === 0) return;
    const messageIds = messages.map(({ id }) => id);
    await (await this.#client()).message.ack({ agent, messageIds });
  }

  /** The last messages an agent wrote or could have got, also from before it came. */
  async history(agent: string, limit = 100): Promise<Message[]> {
    const client = await this.#client();
    const { history } = await client.message.check({ agent, history: limit, limit: 1 });
    return history.map(toMessage);
  }

  async close(): Promise<void> {
    if (this.#isOwn) await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #client(): Promise<AgentPoolClient> {
    return this.#connection.get();
  }
}

type Sent = Awaited<ReturnType<AgentPoolClient["message"]["send"]>>["message"];

function toMessage({ id, n, sender, to, body, createdAt }: Sent): Message {
  return { id, n, from: sender, to, content: body, timestamp: createdAt };
}
