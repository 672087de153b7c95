import type { EventJson } from "../operations/projection.ts";

/**
 * The protocol between a client and the supervisor: HTTP/1.1 on a unix socket, JSON bodies,
 * server-sent events where an answer takes time.
 *
 *     POST /v1/op/<operation>   {input, idempotency_key, env, cwd} -> {output} | {error}
 *     GET  /v1/health           who holds the role; touches no store
 *     GET  /v1/events           every event after a cursor, live
 *     GET  /v1/output           which sessions' panes wrote just now
 *     POST /v1/handover         asks the holder to leave for a newer version
 */
export const paths = {
  operation: "/v1/op/",
  health: "/v1/health",
  events: "/v1/events",
  output: "/v1/output",
  handover: "/v1/handover",
} as const;

export const headers = {
  version: "x-agentpool-version",
  pid: "x-agentpool-pid",
} as const;

/** Room for a task of 1 MB, escaped as JSON, and everything around it. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** A stream that has nothing to say says so this often; a client gives up after twice that. */
export const pingEveryMs = 10_000;
export const silentAfterMs = 25_000;
/** A stream is opened before anything is done for it; so long it takes only from who is stuck. */
export const beginsWithinMs = 5_000;

export interface OperationBody {
  readonly input: unknown;
  readonly idempotency_key?: string;
  /** Values of the asking command's environment, for operations that want it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute; relative paths of the input are meant from here. */
  readonly cwd?: string;
  /** The program on whose behalf is asked; what it starts is its own, see `list`. */
  readonly coordinator?: string;
}

export interface Health {
  readonly version: string;
  readonly pid: number;
  readonly epoch: number;
  readonly started_at: string;
  /** The role is held by a command or test, not by a detached process. */
  readonly inline: boolean;
  /** False while it leaves: new operations are turned away. */
  readonly accepting: boolean;
}

export interface Progress {
  readonly message: string;
  readonly done: number | null;
  readonly total: number | null;
}

/** The pane of a session wrote; not stored, so a reader that is slow gets only the newest. */
export interface OutputNotice {
  readonly session_id: string;
  readonly at: string;
}

export interface CallRequest {
  readonly input: Readonly<Record<string, unknown>>;
  /** A request repeated with the same key acts once. Made up when absent. */
  readonly idempotencyKey?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** `coord_…`: the program on whose behalf is asked. */
  readonly coordinator?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** How long the call may take, repeats included; without it as long as the operation takes. */
  readonly timeoutMs?: number | undefined;
}

export interface EventsRequest {
  /** Events with a greater number; from this moment on when absent. */
  readonly after?: number | undefined;
  readonly sessions?: readonly string[] | undefined;
  /** Called once when the stream stands: everything committed from now on will come. */
  readonly onReady?: () => void;
}

/** Whoever can ask for operations: over the socket, or in this process in inline mode. */
export interface Caller {
  /** The operation's output, as JSON gives it. @throws AgentpoolError */
  call(name: string, request: CallRequest, options?: CallOptions): Promise<unknown>;
  /** Every event after the cursor, gap-free and live, until the signal ends it. */
  events(request: EventsRequest, signal: AbortSignal): AsyncIterable<EventJson>;
}
