import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { AgentpoolError } from "../domain/errors.ts";
import { pause } from "./clock.ts";

export interface ExecOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  /** Whole environment of the program; the machine's own when absent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Output goes into this file instead of the result. */
  readonly outputFile?: string;
  /** Kept of stdout and stderr each; the rest is dropped and `truncated` set. Default 8 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

const defaultMaxBytes = 8 * 1024 * 1024;
/** A process that was killed and whose pipes somebody still holds open is not waited for longer. */
const afterKillMs = 1_000;

/**
 * Runs a program to its end, never through a shell, in a process group of its own, so that a kill
 * also reaches what it started. A program that ends with another code than 0 is a result.
 * @throws exec_failed when it cannot be started, outlives `timeoutMs` or is aborted (it and its
 *   group are killed then)
 */
export async function exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const [file, ...args] = argv;
  if (file === undefined || file === "") {
    throw new AgentpoolError("exec_failed", "There is no program to run");
  }
  if (options.signal?.aborted) throw aborted(file);
  const { maxBytes = defaultMaxBytes, outputFile } = options;
  const output = outputFile === undefined ? undefined : openSync(outputFile, "w", 0o600);
  try {
    const child = start(file, args, options, output);
    const stdout = keep(child.stdout, maxBytes);
    const stderr = keep(child.stderr, maxBytes);
    const ended = endOf(child);
    const why = await bounded(ended, child.pid, options);
    if (why !== undefined) throw why === "aborted" ? aborted(file) : timedOut(file, options);
    const { exitCode, signal, failure } = await ended;
    if (child.pid === undefined) throw notStarted(file, failure, options.cwd);
    return {
      exitCode,
      signal,
      stdout: stdout.text(),
      stderr: stderr.text(),
      truncated: stdout.isTruncated() || stderr.isTruncated(),
    };
  } finally {
    if (output !== undefined) closeSync(output);
  }
}

function start(
  file: string,
  args: readonly string[],
  options: ExecOptions,
  output: number | undefined,
): ChildProcess {
  try {
    const child = spawn(file, args, {
      detached: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", output ?? "pipe", "pipe"],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    // a program may end without reading all of it
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input);
    return child;
  } catch (thrown) {
    // some failures (E2BIG, a NUL byte) are thrown, others told by an event
    throw notStarted(file, thrown, options.cwd);
  }
}

interface End {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started. */
  readonly failure?: unknown;
}

/** Its end and that of its pipes. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal }));
    child.on("error", (failure) => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null, failure });
    });
  });
}

/**
 * Runs a program on the caller's own terminal and waits for its end, however long that takes.
 * @returns its exit code, or 128 and the signal's number as shells count
 * @throws exec_failed when it cannot be started
 */
export function runInteractive(
  argv: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  const [file, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file ?? "", args, {
      stdio: "inherit",
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    child.on("error", (thrown) => reject(notStarted(file ?? "", thrown, undefined)));
    child.on("exit", (code, signal) =>
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}

type Ending = "aborted" | "timed_out";

/** Waits for the end of the process or kills its group at the bound. */
async function bounded(
  end: Promise<unknown>,
  pid: number | undefined,
  options: ExecOptions,
): Promise<Ending | undefined> {
  const over = new AbortController();
  const ended = end.then(() => undefined);
  const late = pause(options.timeoutMs, { signal: over.signal, keepAlive: true });
  const stopped = new Promise<Ending>((resolve) => {
    options.signal?.addEventListener("abort", () => resolve("aborted"), { signal: over.signal });
  });
  try {
    const first = await Promise.race([ended, late.then((): Ending => "timed_out"), stopped]);
    if (first === undefined) return undefined;
    if (pid !== undefined) killGroup(pid);
    await Promise.race([ended, pause(afterKillMs, { keepAlive: true })]);
    return first;
  } finally {
    over.abort();
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (thrown) {
    // it ended in this instant, and took its group with it
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
}

interface Kept {
  readonly text: () => string;
  readonly isTruncated: () => boolean;
}

/** Reads a stream to its end and keeps its first bytes; the program is never held up by us. */
function keep(stream: Readable | null, maxBytes: number): Kept {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  stream?.on("data", (chunk: Buffer) => {
    const room = maxBytes - size;
    if (chunk.length > room) truncated = true;
    if (room <= 0) return;
    const kept = chunk.subarray(0, room);
    chunks.push(kept);
    size += kept.length;
  });
  return { text: () => Buffer.concat(chunks).toString("utf8"), isTruncated: () => truncated };
}

function notStarted(file: string, cause: unknown, cwd: string | undefined): AgentpoolError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `It was not found${cwd === undefined ? "" : `, or the folder ${cwd} does not exist`}.`,
    // what the system says when it may not look into one of the folders, and nothing in the others
    EACCES: "It was not found in the folders of PATH that may be read, or it may not be run.",
  };
  const why = reasons[code ?? ""] ?? code ?? String(cause);
  return new AgentpoolError("exec_failed", `${file} could not be started`, { why, cause });
}

function timedOut(file: string, options: ExecOptions): AgentpoolError {
  return new AgentpoolError("exec_failed", `${file} did not end within ${options.timeoutMs} ms`, {
    why: "It was killed.",
    details: { timed_out: true },
  });
}

function aborted(file: string): AgentpoolError {
  return new AgentpoolError("exec_failed", `${file} was stopped`, {
    why: "The request it ran for was given up.",
  });
}
