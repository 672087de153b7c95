import { connect, type Socket } from "node:net";

/**
 * One HTTP request on a unix socket and its answer, over node:net: node:http alone costs a
 * command 6 ms of its 20. The request says HTTP/1.0, so that the answer is neither chunked nor
 * kept alive and its end is the end of the connection.
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
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Ends cleanly only when the whole body came; otherwise it throws `ConnectionFailed`. */
  readonly body: AsyncGenerator<Buffer>;
}

/**
 * `absent`: nobody listens. `refused`: the socket may not be used. `broken`: the connection ended
 * too early. `silent`: it stands and nothing comes. `aborted`: the caller's signal.
 */
export type Failure = "absent" | "refused" | "broken" | "silent" | "aborted";

export class ConnectionFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, message: string) {
    super(message);
    this.name = "ConnectionFailed";
    this.failure = failure;
  }
}

/** @throws ConnectionFailed */
export async function exchange(socketPath: string, request: Exchange): Promise<Answer> {
  if (request.signal?.aborted) throw new ConnectionFailed("aborted", "aborted");
  const socket = connect(socketPath);
  const chunks = readSocket(socket, request);
  socket.write(formatRequest(request));
  let received: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) throw new ConnectionFailed("broken", "the connection ended before an answer");
    received = received.length === 0 ? value : Buffer.concat([received, value]);
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = parseHead(received.subarray(0, end).toString("latin1"));
    socket.setTimeout(request.silentAfterMs);
    if (!head) {
      socket.destroy();
      throw new ConnectionFailed("broken", "what listens on the socket does not speak HTTP");
    }
    return { ...head, body: body(received.subarray(end + 4), chunks, head.headers) };
  }
}

function formatRequest({ method, path, headers, body }: Exchange): string {
  const length = body === undefined ? 0 : Buffer.byteLength(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.0\r\nhost: agentpool\r\ncontent-length: ${length}\r\n${lines.join("")}\r\n${body ?? ""}`;
}

function parseHead(
  text: string,
): { readonly status: number; readonly headers: ReadonlyMap<string, string> } | undefined {
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

async function* body(
  first: Buffer,
  rest: AsyncGenerator<Buffer>,
  headers: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  const expected = headers.get("content-length");
  let left = expected === undefined ? Infinity : Number(expected);
  try {
    if (first.length > 0) {
      left -= first.length;
      yield first;
    }
    for await (const chunk of rest) {
      left -= chunk.length;
      yield chunk;
    }
    if (left > 0 && left !== Infinity) {
      throw new ConnectionFailed("broken", "the connection ended in the middle of the answer");
    }
  } finally {
    await rest.return(undefined);
  }
}

/** The socket's chunks, as fast as they are taken; a reader that stops holds the sender up. */
async function* readSocket(
  socket: Socket,
  { signal, silentAfterMs, beginsWithinMs = silentAfterMs }: Exchange,
): AsyncGenerator<Buffer> {
  let failure: ConnectionFailed | undefined;
  const fail = (why: ConnectionFailed): void => {
    failure ??= why;
    socket.destroy();
  };
  const abort = (): void => fail(new ConnectionFailed("aborted", "aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  socket.setTimeout(Math.min(beginsWithinMs, silentAfterMs), () =>
    fail(new ConnectionFailed("silent", `no word for ${(socket.timeout ?? 0) / 1000} s`)),
  );
  let wake: () => void = () => undefined;
  let ended = false;
  socket.on("readable", () => wake());
  socket.on("end", () => {
    ended = true;
    wake();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    failure ??= new ConnectionFailed(kindOf(error), error.message);
  });
  socket.on("close", () => {
    ended = true;
    wake();
  });
  try {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk !== null) {
        yield chunk;
        continue;
      }
      if (failure) throw failure;
      if (ended) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    socket.destroy();
  }
}

function kindOf(error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return "absent";
    case "EACCES":
    case "EPERM":
    case "ENOTSOCK":
    case "EINVAL":
      return "refused";
    default:
      return "broken";
  }
}
