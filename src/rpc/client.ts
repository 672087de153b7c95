import { AgentpoolError, type ErrorBody } from "../domain/errors.ts";
import type { EventJson } from "../operations/projection.ts";
import { RestingConnections } from "./connection.ts";
import { ConnectionFailed, exchange, type Answer } from "./exchange.ts";
import { messagesIn, readMessages, type Message } from "./sse.ts";
import {
  beginsWithinMs,
  headers,
  paths,
  silentAfterMs,
  type Caller,
  type CallOptions,
  type CallRequest,
  type EventsRequest,
  type Health,
  type OperationBody,
  type OutputNotice,
  type Progress,
} from "./wire.ts";

export type { Health } from "./wire.ts";

export interface RpcClientOptions {
  readonly socketPath: string;
  readonly version: string;
  /** Proof of being a session, for callers that are one. */
  readonly token?: string;
  /**
   * Brings up a supervisor that answers; called when nobody listens, when a connection broke, when
   * nothing comes, and when the supervisor is leaving or older than this client. Without it these
   * are errors.
   */
  readonly reconnect?: () => Promise<unknown>;
  /** A stream without a word for so long is dead; for tests. */
  readonly silentAfterMs?: number;
}

export interface RpcClient extends Caller {
  /**
   * Who holds the role, or undefined when nobody listens.
   * @throws supervisor_stuck when the connection is accepted and no answer comes in time.
   */
  health(options?: { readonly timeoutMs?: number }): Promise<Health | undefined>;
  /** Which of the sessions' panes wrote, until the signal ends it. Not gap-free. */
  output(sessions: readonly string[], signal: AbortSignal): AsyncIterable<OutputNotice>;
  /** Asks the holder to leave and resolves when it has said yes. */
  handover(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/** A call is repeated so often after its connection broke, with pauses of up to a second. */
const maxAttempts = 8;

/**
 * A client of the supervisor on its socket. A call whose connection breaks is made again with the
 * same idempotency key, so that a supervisor killed in the middle is invisible to the caller.
 */
export function createRpcClient(options: RpcClientOptions): RpcClient {
  const { socketPath } = options;
  const silent = options.silentAfterMs ?? silentAfterMs;
  const common: Record<string, string> = {
    [headers.version]: options.version,
    [headers.pid]: String(process.pid),
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  };

  const resting = new RestingConnections();
  let bringing: Promise<unknown> | undefined;
  /** Calls that lose the supervisor at the same moment bring up one and not each its own. */
  const bringBack = (reconnect: () => Promise<unknown>): Promise<unknown> =>
    (bringing ??= reconnect().finally(() => (bringing = undefined)));

  /** Runs `attempt` until it comes through, bringing the supervisor back in between. */
  async function persist<T>(
    attempt: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (let made = 1; ; made++) {
      try {
        return await attempt();
      } catch (thrown) {
        if (signal?.aborted) throw interrupted();
        if (!isTransient(thrown)) throw thrown;
        resting.closeAll();
        if (!options.reconnect || made === maxAttempts) throw unreachable(socketPath, thrown);
      }
      await pause(made === 1 ? 0 : Math.min(1_000, 10 * 2 ** made), signal);
      await bringBack(options.reconnect);
    }
  }

  async function call(
    name: string,
    request: CallRequest,
    given: CallOptions = {},
  ): Promise<unknown> {
    const { timeoutMs } = given;
    const limit = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signal = anyOf(given.signal, limit);
    const startedAt = Date.now();
    const key = request.idempotencyKey ?? randomKey();
    try {
      return await persist(async () => {
        const body: OperationBody = {
          input: withTimeLeft(request.input, Date.now() - startedAt),
          idempotency_key: key,
          ...(request.env === undefined ? {} : { env: request.env }),
          cwd: request.cwd ?? process.cwd(),
          ...(request.coordinator === undefined ? {} : { coordinator: request.coordinator }),
        };
        const answer = await exchange(socketPath, {
          method: "POST",
          path: `${paths.operation}${encodeURIComponent(name)}`,
          headers: { ...common, accept: "text/event-stream", "content-type": "application/json" },
          body: JSON.stringify(body),
          silentAfterMs: silent,
          beginsWithinMs,
          resting,
          ...(signal ? { signal } : {}),
        });
        return outputOf(answer, given.onProgress);
      }, signal);
    } catch (thrown) {
      if (limit?.aborted && !given.signal?.aborted) {
        throw new AgentpoolError("wait_timed_out", `${name} was not answered in ${timeoutMs} ms`);
      }
      throw thrown;
    }
  }

  /** Opens a stream and hands on its messages; throws what the server or the line says. */
  async function* stream(path: string, signal: AbortSignal): AsyncGenerator<Message> {
    const answer = await exchange(socketPath, {
      method: "GET",
      path,
      headers: { ...common, accept: "text/event-stream" },
      silentAfterMs: silent,
      beginsWithinMs,
      signal,
    });
    if (!isStream(answer)) {
      await outputOf(answer);
      throw new ConnectionFailed("broken", "no stream came");
    }
    for await (const message of readMessages(answer.body)) {
      if (message.event === "error") throw errorOf(message.data);
      yield message;
    }
    throw new ConnectionFailed("broken", "the stream ended");
  }

  /** A stream that is taken up again after each break, until the signal ends it. */
  async function* lasting(path: () => string, signal: AbortSignal): AsyncGenerator<Message> {
    let messages = stream(path(), signal);
    try {
      for (;;) {
        const next = await persist(async () => {
          try {
            return await messages.next();
          } catch (thrown) {
            messages = stream(path(), signal);
            throw thrown;
          }
        }, signal);
        if (next.done) return;
        yield next.value;
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      await messages.return(undefined);
    }
  }

  return {
    call,

    async *events(request: EventsRequest, signal: AbortSignal) {
      let after = request.after;
      const path = (): string => {
        const query = sessionQuery(request.sessions ?? []);
        if (after !== undefined) query.set("after", String(after));
        return `${paths.events}?${query.toString()}`;
      };
      let ready = request.onReady;
      for await (const message of lasting(path, signal)) {
        if (message.id !== null) after = Number(message.id);
        ready?.();
        ready = undefined;
        if (message.event === "fact") yield JSON.parse(message.data) as EventJson;
      }
    },

    async *output(sessions, signal) {
      const query = sessionQuery(sessions);
      for await (const message of lasting(() => `${paths.output}?${query.toString()}`, signal)) {
        if (message.event === "output") yield JSON.parse(message.data) as OutputNotice;
      }
    },

    async health({ timeoutMs = 5_000 } = {}) {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await exchange(socketPath, {
          method: "GET",
          path: paths.health,
          headers: common,
          silentAfterMs: timeoutMs,
          signal: limit,
        });
        return JSON.parse(await textOf(answer)) as Health;
      } catch (thrown) {
        if (!(thrown instanceof ConnectionFailed)) throw unreachable(socketPath, thrown);
        switch (thrown.failure) {
          case "absent":
          case "broken":
            return undefined;
          case "silent":
          case "aborted":
            throw new AgentpoolError("supervisor_stuck", "The supervisor does not answer", {
              why: `It took the connection and said nothing for ${timeoutMs / 1000} s.`,
              hint: "agentpool doctor",
            });
          case "refused":
            throw unreachable(socketPath, thrown);
        }
      }
    },

    async handover({ timeoutMs = 15_000 } = {}) {
      try {
        const answer = await exchange(socketPath, {
          method: "POST",
          path: paths.handover,
          headers: common,
          body: JSON.stringify({ version: options.version }),
          silentAfterMs: timeoutMs,
        });
        await outputOf(answer);
      } catch (thrown) {
        // it may be gone before its answer is out
        if (thrown instanceof ConnectionFailed && ["absent", "broken"].includes(thrown.failure)) {
          return;
        }
        throw isTransient(thrown) ? unreachable(socketPath, thrown) : thrown;
      }
    },
  };
}

/** The supervisor is leaving, or is older than this client and steps aside. */
class TurnedAway extends Error {}

function isTransient(thrown: unknown): boolean {
  if (thrown instanceof TurnedAway) return true;
  // it learned over this call that its role is over, and leaves
  if (thrown instanceof AgentpoolError && thrown.code === "stale_epoch") return true;
  return thrown instanceof ConnectionFailed && thrown.failure !== "refused";
}

async function outputOf(
  answer: Answer,
  onProgress?: (progress: Progress) => void,
): Promise<unknown> {
  if (isStream(answer)) {
    const { whole, body } = answer;
    const messages = whole ? messagesIn(whole.toString("utf8")) : readMessages(body);
    for await (const message of messages) {
      if (message.event === "progress") onProgress?.(JSON.parse(message.data) as Progress);
      if (message.event === "output") {
        return (JSON.parse(message.data) as { readonly output: unknown }).output;
      }
      if (message.event === "error") throw errorOf(message.data);
    }
    throw new ConnectionFailed("broken", "the answer ended before its output");
  }
  const text = await textOf(answer);
  if (answer.headers.has("retry-after")) throw new TurnedAway(text);
  if (answer.status !== 200) throw errorOf(text);
  return (JSON.parse(text) as { readonly output: unknown }).output;
}

function isStream(answer: Answer): boolean {
  return (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

async function textOf(answer: Answer): Promise<string> {
  if (answer.whole) return answer.whole.toString("utf8");
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function errorOf(text: string): AgentpoolError {
  try {
    const { error } = JSON.parse(text) as { readonly error: ErrorBody };
    return AgentpoolError.fromBody(error);
  } catch {
    return new AgentpoolError("internal", `The supervisor answered with "${text.slice(0, 200)}"`);
  }
}

function sessionQuery(sessions: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const id of sessions) query.append("session", id);
  return query;
}

/** A wait that is taken up again after a break ends when the first one would have. */
function withTimeLeft(
  input: Readonly<Record<string, unknown>>,
  elapsedMs: number,
): Readonly<Record<string, unknown>> {
  const asked = input["timeout_seconds"];
  if (typeof asked !== "number" || elapsedMs < 500) return input;
  return { ...input, timeout_seconds: Math.max(0, asked - elapsedMs / 1000) };
}

/** node:crypto costs a command 2 ms; a key has to be unique, not secret. */
function randomKey(): string {
  const random = (): string => Math.random().toString(36).slice(2);
  return `${Date.now().toString(36)}-${process.pid.toString(36)}-${random()}${random()}`;
}

function interrupted(): AgentpoolError {
  return new AgentpoolError("interrupted", "Interrupted before the answer came");
}

function unreachable(socketPath: string, thrown: unknown): AgentpoolError {
  return new AgentpoolError("supervisor_unreachable", "The supervisor cannot be reached", {
    why: thrown instanceof Error ? `${socketPath}: ${thrown.message}` : socketPath,
    hint: "agentpool doctor",
    cause: thrown,
  });
}

function anyOf(
  first: AbortSignal | undefined,
  second: AbortSignal | undefined,
): AbortSignal | undefined {
  return first && second ? AbortSignal.any([first, second]) : (first ?? second);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
