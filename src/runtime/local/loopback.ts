import { request as httpRequest, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { AgentpoolError } from "../../domain/errors.ts";
import type { AgentRequest, AgentResponse } from "../machine.ts";

const host = "127.0.0.1";
const maxBodyBytes = 64 * 1024 * 1024;
/** A longer event is no event of an agent. */
const maxEventCharacters = 32 * 1024 * 1024;

/**
 * One request to an agent's port on the loopback, never anywhere else.
 * @throws exec_failed when nobody answers in time, or with more than 64 MiB
 */
export async function requestLoopback(request: AgentRequest): Promise<AgentResponse> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await send(request, signal);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw new Error(`the answer is over ${maxBodyBytes} bytes`);
      chunks.push(chunk);
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") };
  } catch (thrown) {
    throw failed(request, thrown);
  }
}

/**
 * The data of each server-sent event, until the signal, or the end of the connection.
 * `timeoutMs` bounds the wait for the stream to begin, not the stream.
 * @throws exec_failed when it cannot be opened or breaks off
 */
export async function* streamLoopback(
  request: AgentRequest,
  signal: AbortSignal,
): AsyncIterable<string> {
  if (signal.aborted) return;
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(new Error("no answer in time")), request.timeoutMs);
  try {
    const headers = { accept: "text/event-stream", ...request.headers };
    const response = await send(
      { ...request, headers },
      AbortSignal.any([signal, opening.signal]),
    ).finally(() => clearTimeout(timer));
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`it answered with status ${response.statusCode}`);
    }
    const { silenceMs } = request;
    if (silenceMs !== undefined) {
      const silent = new Error(`it said nothing for ${silenceMs} ms`);
      response.setTimeout(silenceMs, () => response.destroy(silent));
    }
    yield* eventData(response);
  } catch (thrown) {
    if (signal.aborted) return;
    throw failed(request, thrown);
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

function send(request: AgentRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host,
        port: request.port,
        method: request.method,
        path: request.path,
        signal,
        // agents close idle connections without a word; a kept one would fail the next request
        agent: false,
        headers: {
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(body.length) }),
          ...request.headers,
        },
      },
      resolve,
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Reads the event stream format: `data:` lines joined by newlines, an empty line ends an event. */
async function* eventData(stream: IncomingMessage): AsyncIterable<string> {
  stream.setEncoding("utf8");
  let rest = "";
  let data: string[] = [];
  for await (const chunk of stream as AsyncIterable<string>) {
    rest += chunk;
    if (rest.length > maxEventCharacters) throw new Error("an event is too long");
    // a carriage return at the very end may be the first half of a line end
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
  }
}

function failed(request: AgentRequest, cause: unknown): AgentpoolError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AgentpoolError(
    "exec_failed",
    `${request.method} ${request.path} on port ${request.port} failed`,
    { why, cause },
  );
}
