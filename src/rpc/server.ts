import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { AgentpoolError, errorKinds } from "../domain/errors.ts";
import { asCoordinator, type Principal } from "../domain/principal.ts";
import { formatTime } from "../domain/time.ts";
import type { App } from "../operations/app.ts";
import type { Operation } from "../operations/define.ts";
import type { Log } from "../platform/log.ts";
import { isNewer } from "../domain/version.ts";
import { followEvents } from "./follow-events.ts";
import { createPerform } from "./perform.ts";
import { readBody } from "./read-body.ts";
import { openStream, type Stream } from "./stream.ts";
import { headers, paths, type Health, type OperationBody, type OutputNotice } from "./wire.ts";

export interface ServeOptions {
  readonly socketPath: string;
  readonly operations: readonly Operation[];
  readonly app: App;
  /** Decides who asks, from the pid the client names and the token it holds. */
  readonly authenticate: (facts: {
    readonly pid: number | null;
    readonly token: string | null;
  }) => Promise<Principal>;
  readonly health: () => Health;
  /** A client of this newer version asks the holder to leave; resolves when it will. */
  readonly handover: (byVersion: string) => Promise<void>;
  /** Calls back when the pane of one of the sessions (of any, for an empty list) writes. */
  readonly subscribeOutput: (
    sessionIds: readonly string[],
    listener: (sessionId: string) => void,
  ) => () => void;
  readonly log: Log;
  readonly now: () => number;
}

export interface RpcServer {
  /** Requests being answered at this moment, open streams among them. */
  readonly connections: number;
  /** Calls back whenever `connections` falls to zero. Returns the undo. */
  onIdle(listener: () => void): () => void;
  /**
   * Stops listening, lets answers that are nearly out get out (a fifth of a second), then cuts the
   * rest; their clients ask the next supervisor. The socket file goes unless a successor's is there.
   */
  close(): Promise<void>;
}

const graceMs = 200;

/**
 * Answers operations on a unix socket, 0600 in a folder 0700. A file left at the path is replaced:
 * the caller holds the role, so nobody else can be listening there. The socket is made beside and
 * renamed, which makes the replacement one step and keeps a predecessor that closes late from
 * removing ours.
 */
export async function serveOperations(options: ServeOptions): Promise<RpcServer> {
  const { socketPath, log } = options;
  const perform = createPerform(options.operations, options.app);
  const active = new Set<ServerResponse>();
  const idle = new Set<() => void>();
  let closing = false;

  const server = createServer((request, response) => {
    active.add(response);
    response.on("close", () => {
      active.delete(response);
      if (active.size === 0) for (const listener of idle) listener();
    });
    route(request, response).catch((thrown: unknown) => sendError(response, thrown));
  });
  // waits and streams last as long as their clients do
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 5_000;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    response.setHeader(headers.version, options.app.version);
    if (path === paths.health && request.method === "GET") {
      return sendJson(response, 200, { ...options.health(), accepting: isAccepting() });
    }
    if (turnAway(request, response)) return undefined;
    if (path === paths.handover && request.method === "POST") {
      await mayFollow(request, []);
      const body = parseBody(await readBody(request)) as { readonly version?: unknown };
      await options.handover(String(body.version));
      return sendJson(response, 200, { output: { leaving: true } });
    }
    if (path === paths.events && request.method === "GET") {
      const asked = new URLSearchParams(query);
      await mayFollow(request, asked.getAll("session"));
      return streamEvents(asked, response);
    }
    if (path === paths.output && request.method === "GET") {
      const sessions = new URLSearchParams(query).getAll("session");
      await mayFollow(request, sessions);
      return streamOutput(sessions, response);
    }
    if (path.startsWith(paths.operation) && request.method === "POST") {
      return answerOperation(
        decodeURIComponent(path.slice(paths.operation.length)),
        request,
        response,
      );
    }
    throw new AgentpoolError("unknown_operation", `Nothing at ${request.method} ${path}`, {
      hint: `Operations are at POST ${paths.operation}<name>.`,
    });
  }

  const asking = (request: IncomingMessage): Promise<Principal> =>
    options.authenticate({ pid: pidOf(request), token: tokenOf(request) });

  /** What is no operation is refused to a session with a toolset, but news of itself. */
  async function mayFollow(request: IncomingMessage, sessions: readonly string[]): Promise<void> {
    const principal = await asking(request);
    if (principal.kind !== "session") return;
    const session = await options.app.store.sessions.get(principal.sessionId);
    if (!session || session.toolset === null) return;
    if (sessions.length > 0 && sessions.every((id) => id === session.id)) return;
    throw new AgentpoolError("tool_refused", `Session ${session.id} may not ask for this`, {
      why: `It has the toolset ${session.toolset}.`,
      details: { toolset: session.toolset },
    });
  }

  const isAccepting = (): boolean => !closing && options.health().accepting;

  /** A client that is turned away brings up the next supervisor and asks again. */
  function turnAway(request: IncomingMessage, response: ServerResponse): boolean {
    const asking = request.headers[headers.version];
    const isNewerClient = typeof asking === "string" && isNewer(asking, options.app.version);
    const older = isNewerClient && request.url !== paths.handover && !isAboutUs(request.url);
    if (isAccepting() && !older) return false;
    const why = older ? `steps aside for ${asking}` : "is leaving";
    const error = new AgentpoolError(
      "supervisor_unreachable",
      `This supervisor, agentpool ${options.app.version}, ${why}`,
    );
    response.setHeader("retry-after", "0");
    request.resume();
    sendJson(response, older ? 426 : 503, { error: error.toBody() });
    return true;
  }

  /** Questions about the supervisor itself are for the one who holds the role, of any version. */
  function isAboutUs(url: string | undefined): boolean {
    return options.operations.some(
      (one) => one.aboutSupervisor === true && url === `${paths.operation}${one.name}`,
    );
  }

  let reading: Promise<void> | undefined;
  /** Once what came over all connections is read; requests that came together go on together. */
  const allRead = (): Promise<void> =>
    (reading ??= new Promise((resolve) => {
      setImmediate(() => {
        reading = undefined;
        resolve();
      });
    }));

  async function answerOperation(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => {
      // an abort makes an error with its trace, and most answers are taken whole
      if (!response.writableFinished) gone.abort();
    });
    const body = parseBody(await readBody(request)) as Partial<OperationBody>;
    const principal = asCoordinator(await asking(request), body.coordinator);
    // its client gave up before we came to it, which is read right after the request
    await allRead();
    if (gone.signal.aborted || request.socket.readableEnded) return;
    const stream = wantsStream(request) ? openStream(response) : undefined;
    const startedAt = options.now();
    const told = (code: string | null): void =>
      log("debug", "operation", { operation: name, ms: options.now() - startedAt, code });
    try {
      const output = await perform({
        name,
        input: body.input,
        principal,
        idempotencyKey: body.idempotency_key ?? crypto.randomUUID(),
        env: body.env ?? {},
        cwd: body.cwd ?? "/",
        signal: gone.signal,
        progress: (message, done, total) =>
          stream?.offer("progress", { message, done: done ?? null, total: total ?? null }),
      });
      told(null);
      if (stream) stream.end("output", { output });
      else sendJson(response, 200, { output });
    } catch (thrown) {
      told(AgentpoolError.from(thrown).code);
      const error = presentable(thrown, `operation ${name}`);
      if (stream) stream.end("error", { error: error.toBody() });
      else sendJson(response, errorKinds[error.code].http, { error: error.toBody() });
    }
  }

  async function streamEvents(query: URLSearchParams, response: ServerResponse): Promise<void> {
    const after = numberOf(query.get("after"));
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const stream = openStream(response);
    try {
      const steps = followEvents(
        options.app.store,
        { sessions: query.getAll("session"), ...(after === undefined ? {} : { after }) },
        gone.signal,
      );
      for await (const { cursor, events } of steps) {
        for (const event of events) await stream.send("fact", event, event.seq);
        if (events.at(-1)?.seq !== cursor) await stream.send("cursor", { cursor }, cursor);
      }
    } catch (thrown) {
      stream.end("error", { error: presentable(thrown, "events").toBody() });
    }
  }

  /** A reader that is slow gets one notice per session when it reads again, not all of them. */
  async function streamOutput(
    sessions: readonly string[],
    response: ServerResponse,
  ): Promise<void> {
    const stream: Stream = openStream(response);
    const fresh = new Map<string, OutputNotice>();
    let wake: () => void = () => undefined;
    const unsubscribe = options.subscribeOutput(sessions, (sessionId) => {
      fresh.set(sessionId, { session_id: sessionId, at: formatTime(options.now()) });
      wake();
    });
    response.on("close", () => wake());
    try {
      while (!stream.closed) {
        if (fresh.size === 0) await new Promise<void>((resolve) => (wake = resolve));
        const notices = [...fresh.values()];
        fresh.clear();
        for (const notice of notices) await stream.send("output", notice);
      }
    } finally {
      unsubscribe();
    }
  }

  function sendError(response: ServerResponse, thrown: unknown): void {
    const error = presentable(thrown, "request");
    if (response.headersSent) response.destroy();
    else sendJson(response, errorKinds[error.code].http, { error: error.toBody() });
  }

  /** What is not an error of ours is a bug: its stack goes to the log and not to the client. */
  function presentable(thrown: unknown, what: string): AgentpoolError {
    const error = AgentpoolError.from(thrown);
    if (error.code !== "internal") return error;
    const stack = thrown instanceof Error ? thrown.stack : String(thrown);
    log("error", `a bug in ${what}`, { error: stack });
    return new AgentpoolError("internal", `A bug in agentpool ${options.app.version}: ${what}`, {
      why: error.message,
      hint: "Its trace is in the log: agentpool supervisor logs",
    });
  }

  const inode = await listen(server, socketPath);
  return {
    get connections() {
      return active.size;
    },
    onIdle(listener) {
      idle.add(listener);
      return () => idle.delete(listener);
    },
    async close() {
      if (closing) return;
      closing = true;
      if (inodeOf(socketPath) === inode) rmSync(socketPath, { force: true });
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      for (const response of active) response.shouldKeepAlive = false;
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

async function listen(
  server: ReturnType<typeof createServer>,
  socketPath: string,
): Promise<bigint | undefined> {
  const folder = dirname(socketPath);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // shorter than any name a socket of ours has, so that it fits where that one fits
  const beside = join(folder, `.s${process.pid}`);
  rmSync(beside, { force: true });
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(beside, () => resolve());
      process.umask(before);
    });
  } finally {
    process.umask(before);
  }
  chmodSync(beside, 0o600);
  renameSync(beside, socketPath);
  return inodeOf(socketPath);
}

function inodeOf(path: string): bigint | undefined {
  // after a plain look at a socket Node below 24 resolves no symbolic links to modules
  return statSync(path, { throwIfNoEntry: false, bigint: true })?.ino;
}

function pidOf(request: IncomingMessage): number | null {
  const pid = Number(request.headers[headers.pid]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function tokenOf(request: IncomingMessage): string | null {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? null;
}

function wantsStream(request: IncomingMessage): boolean {
  return (request.headers.accept ?? "").includes("text/event-stream");
}

function numberOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AgentpoolError("invalid_input", `after: "${text}" is no event number`);
}

function parseBody(text: string): object {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", "The body is no JSON", {
      why: thrown instanceof Error ? thrown.message : String(thrown),
    });
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new AgentpoolError("invalid_input", "The body is no JSON object");
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
