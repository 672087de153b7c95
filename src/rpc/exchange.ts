import { Connection, ConnectionFailed, type RestingConnections } from "./connection.ts";

export { ConnectionFailed } from "./connection.ts";

/**
 * One HTTP request on a unix socket and its answer, over node:net: node:http alone costs a
 * command 6 ms of its 20. The request says HTTP/1.0, so that the answer is never chunked: either it
 * tells its length, or its end is the end of the connection.
 */
export interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Gives up when nothing comes for so long. */
  readonly silentAfterMs: number;
  /** Gives up when the answer does not even begin for so long; `silentAfterMs` when absent. */
  readonly beginsWithinMs?: number;
  /**
   * Connections of earlier exchanges, to be used again; for a request that acts once however often it
   * is sent. Without them it has one of its own.
   */
  readonly resting?: RestingConnections;
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The body, where all of it came with the head; so does nearly every answer of an operation. */
  readonly whole?: Buffer;
  /** Ends cleanly only when the whole body came; otherwise it throws `ConnectionFailed`. */
  readonly body: AsyncGenerator<Buffer>;
}

/** @throws ConnectionFailed */
export async function exchange(socketPath: string, request: Exchange): Promise<Answer> {
  if (request.signal?.aborted) throw new ConnectionFailed("aborted", "aborted");
  const rested = request.resting?.take();
  if (rested) {
    try {
      return await exchangeOn(rested, request);
    } catch (thrown) {
      // it was ended while the request was on its way: that says nothing about who listens now
      const isOver = thrown instanceof ConnectionFailed && thrown.failure === "broken";
      if (!isOver || rested.hasSaid) throw thrown;
    }
  }
  return exchangeOn(new Connection(socketPath), request);
}

async function exchangeOn(connection: Connection, request: Exchange): Promise<Answer> {
  const { signal, silentAfterMs, beginsWithinMs = silentAfterMs, resting } = request;
  const abort = (): void => connection.fail(new ConnectionFailed("aborted", "aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  const end = (mayRest: boolean): void => {
    signal?.removeEventListener("abort", abort);
    if (mayRest && resting) resting.put(connection);
    else connection.close();
  };
  try {
    connection.failAfter(Math.min(beginsWithinMs, silentAfterMs));
    connection.send(formatRequest(request));
    let received: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = await connection.read();
      if (!chunk) throw new ConnectionFailed("broken", "the connection ended before an answer");
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf("\r\n\r\n");
      if (headEnd < 0) continue;
      const head = parseHead(received.subarray(0, headEnd).toString("latin1"));
      if (!head) {
        throw new ConnectionFailed("broken", "what listens on the socket does not speak HTTP");
      }
      const first = received.subarray(headEnd + 4);
      if (first.length === lengthOf(head)) {
        end(isReusable(head));
        return { ...head, whole: first, body: only(first) };
      }
      connection.failAfter(silentAfterMs);
      return { ...head, body: body(first, connection, head, end) };
    }
  } catch (thrown) {
    end(false);
    throw thrown;
  }
}

function formatRequest({ method, path, headers, body, resting }: Exchange): string {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (resting) lines.push("connection: keep-alive\r\n");
  return `${method} ${path} HTTP/1.0\r\nhost: agentpool\r\ncontent-length: ${length}\r\n${lines.join("")}\r\n${body ?? ""}`;
}

type Head = Pick<Answer, "status" | "headers">;

function parseHead(text: string): Head | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}

/** What it says of its length; without a word, its end is the connection's. */
function lengthOf({ headers }: Head): number {
  const said = headers.get("content-length");
  return said === undefined ? Infinity : Number(said);
}

/** One who turns us away is not to be asked again. */
function isReusable({ status, headers }: Head): boolean {
  return status === 200 && headers.get("connection") === "keep-alive";
}

async function* only(whole: Buffer): AsyncGenerator<Buffer> {
  yield whole;
}

async function* body(
  first: Buffer,
  connection: Connection,
  head: Head,
  end: (mayRest: boolean) => void,
): AsyncGenerator<Buffer> {
  let left = lengthOf(head);
  try {
    for (let chunk: Buffer | undefined = first; chunk; chunk = await connection.read()) {
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
      if (left <= 0) return;
    }
    if (left !== Infinity) {
      throw new ConnectionFailed("broken", "the connection ended in the middle of the answer");
    }
  } finally {
    end(left === 0 && isReusable(head));
  }
}
