import type { ExecOptions, ExecResult } from "../platform/exec.ts";

export type { ExecOptions, ExecResult } from "../platform/exec.ts";

/**
 * The machine boundary: everything agentpool does on the machine where an agent lives goes
 * through this contract, so that a container, pod or ssh host can stand behind it. No caller
 * assumes that a path of the agent's machine exists where the supervisor runs.
 */
export interface Machine {
  /** `local`; later `container`, `pod`, `ssh`. */
  readonly kind: string;

  /**
   * Runs a program to its end. Never through a shell. Always bounded.
   * A program that ends with another code than 0 is a result, not an error.
   * @throws exec_failed when it cannot be started or outlives `timeoutMs` (it is killed then).
   */
  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult>;

  /** At most `maxBytes` from `offset`. Undefined when the file is absent or is no file. */
  read(path: string, offset: number, maxBytes: number): Promise<Uint8Array | undefined>;
  stat(path: string): Promise<FileFacts | undefined>;
  /** The same place, absolute and without symbolic links; undefined when nothing is there. */
  realPath(path: string): Promise<string | undefined>;
  /** Names in a folder with their facts, oldest change first; empty when it is absent. */
  list(folder: string): Promise<readonly NamedFile[]>;
  /**
   * Writes aside and renames, so that a reader sees all or nothing. Mode 0600 unless given. A
   * stream is written as it comes and never held whole; when it throws, nothing is renamed, the
   * file aside is removed and the error passed on. `path` may be the file the stream is read from.
   */
  write(
    path: string,
    content: string | Uint8Array | AsyncIterable<Uint8Array>,
    options?: WriteOptions,
  ): Promise<void>;
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Removes a file or a whole folder; absent is fine. */
  remove(path: string): Promise<void>;

  /**
   * Calls back soon after something in the folder, or the file, changed. A hint: changes may be
   * merged and, rarely, missed; callers re-read and also look from time to time.
   */
  watch(path: string, onChange: () => void): Watch;

  /**
   * Writes one line into a named pipe that a reader of the agent holds open. Returns false,
   * having written nothing, when nobody reads it.
   */
  writePipe(path: string, content: string): Promise<boolean>;

  /** The process with this pid, or undefined when there is none (or it is a zombie). */
  process(pid: number): Promise<ProcessIdentity | undefined>;
  /** Parents of a process, nearest first, up to the first process of the system. */
  ancestors(pid: number): Promise<readonly ProcessIdentity[]>;
  /**
   * The process tree of a session: `root` and its descendants, and every process that carries
   * `marker` in its environment (they are found even after they left the tree).
   */
  processTree(
    root: ProcessIdentity | undefined,
    marker: ProcessMarker,
  ): Promise<readonly ProcessIdentity[]>;
  /**
   * Every process of this user that was started with this variable, and its value; on systems that
   * show an environment as one line, only values without blanks are told right.
   */
  marked(name: string): Promise<readonly MarkedProcess[]>;
  /** Paths of the regular files a process holds open; empty when that cannot be told. */
  openFiles(process: ProcessIdentity): Promise<readonly string[]>;
  /** Sends the signal only while the pid still is this process. Returns false when it is gone. */
  signal(
    process: ProcessIdentity,
    signal: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGCONT",
  ): Promise<boolean>;

  /** HTTP to a port on the loopback of the agent's machine. */
  http(request: AgentRequest): Promise<AgentResponse>;
  /** Server-sent events from such a port; ends with the signal or the connection. */
  httpEvents(request: AgentRequest, signal: AbortSignal): AsyncIterable<string>;
  /** A port on that loopback that is free at the moment. */
  freePort(): Promise<number>;
}

export interface FileFacts {
  readonly kind: "file" | "folder" | "pipe" | "other";
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Device and inode as one word; changes when a file is replaced. */
  readonly identity: string;
}

export interface NamedFile extends FileFacts {
  readonly name: string;
}

export interface Watch {
  close(): void;
}

export interface WriteOptions {
  /** 0600 by default. */
  readonly mode?: number;
  /** False for what may go with the machine's power; nothing waits for the disk then. */
  readonly sync?: boolean;
}

/** A process that cannot be confused with a later one of the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly parentPid: number;
  /** When it started, in the system's own terms; equal for equal processes only. */
  readonly startToken: string;
  readonly name: string;
}

export interface MarkedProcess {
  readonly process: ProcessIdentity;
  readonly value: string;
}

export interface ProcessMarker {
  readonly name: string;
  readonly value: string;
  /** Start token of the first process that was given the marker: no older one can carry it. */
  readonly since?: string | null;
}

export interface AgentRequest {
  readonly port: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly timeoutMs: number;
  /** For streams: one that stays without a byte so long counts as broken. */
  readonly silenceMs?: number | undefined;
}

export interface AgentResponse {
  readonly status: number;
  readonly text: string;
}
