import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AgentpoolError, type ErrorBody } from "../domain/errors.ts";
import { pause } from "./clock.ts";
import { exec, type ExecOptions, type ExecResult } from "./exec.ts";
import type { Log } from "./log.ts";

export type HelperRequest =
  | {
      readonly id: number;
      readonly argv: readonly string[];
      readonly options: Omit<ExecOptions, "signal">;
    }
  | { readonly abort: number };

export type HelperAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly result: ExecResult }
  | { readonly id: number; readonly error: ErrorBody };

export interface ExecHelper {
  /** As `exec`, and with the same errors; here only the answer is waited for. */
  readonly exec: typeof exec;
  /** Ends the helper; programs it started go on. */
  close(): void;
}

/** It ends a program at its time limit by itself; one that says nothing after that is stopped or hung. */
const answerWithinMs = 3_000;
const again = { firstMs: 1_000, mostMs: 60_000 };

/**
 * Runs programs from a small process of its own. Node starts one by fork, which copies the page
 * tables of the whole process and lets nothing else happen meanwhile: 4 ms in a supervisor of
 * 170 MB, 14 ms in one of 500 MB, and several times that on a busy machine. The helper stays
 * small. While there is none, because it starts or was killed, programs are started from here.
 * @param program the file of exec-helper-main
 */
export function startExecHelper(
  log: Log,
  program: string | URL = new URL("./exec-helper-main.js", import.meta.url),
): ExecHelper {
  const waiting = new Map<number, Waiting>();
  let helper: ChildProcess | undefined;
  let ready = false;
  let closed = false;
  let count = 0;
  let restartMs = again.firstMs;

  function start(): void {
    const child = fork(fileURLToPath(program), [], {
      serialization: "advanced",
      // out of reach of what is sent to our process group
      detached: true,
      // neither a probe nor a debugger of ours, and as little memory as does
      execArgv: ["--max-semi-space-size=1", "--v8-pool-size=0"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    helper = child;
    child.on("message", (answer: HelperAnswer) => take(answer));
    child.on("error", (thrown) => log("warn", "the exec helper failed", { error: String(thrown) }));
    child.on("exit", () => lost());
    child.unref();
    child.channel?.unref();
  }

  function take(answer: HelperAnswer): void {
    if ("ready" in answer) {
      ready = true;
      restartMs = again.firstMs;
      return;
    }
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) asked?.reject(AgentpoolError.fromBody(answer.error));
    else asked?.resolve(answer.result);
  }

  function lost(): void {
    helper = undefined;
    ready = false;
    for (const { argv, reject } of waiting.values()) reject(helperEnded(argv[0] ?? ""));
    waiting.clear();
    if (closed) return;
    log("warn", "the exec helper ended; another one follows");
    void pause(restartMs).then(() => {
      if (!closed) start();
    });
    restartMs = Math.min(restartMs * 2, again.mostMs);
  }

  function ask(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const { signal, ...rest } = options;
    const id = count++;
    const abort = (): void => void helper?.send({ abort: id } satisfies HelperRequest);
    const asked = helper;
    const silent = setTimeout(() => {
      log("warn", "the exec helper does not answer and is ended");
      asked?.kill("SIGKILL");
    }, options.timeoutMs + answerWithinMs);
    return new Promise<ExecResult>((resolve, reject) => {
      waiting.set(id, { argv, resolve, reject });
      signal?.addEventListener("abort", abort, { once: true });
      helper?.send({ id, argv, options: rest } satisfies HelperRequest, (failed) => {
        if (!failed || !waiting.delete(id)) return;
        reject(helperEnded(argv[0] ?? ""));
      });
    }).finally(() => {
      clearTimeout(silent);
      signal?.removeEventListener("abort", abort);
    });
  }

  start();
  return {
    exec: (argv, options) =>
      ready && options.signal?.aborted !== true ? ask(argv, options) : exec(argv, options),
    close: () => {
      closed = true;
      if (helper?.connected === true) helper.disconnect();
    },
  };
}

interface Waiting {
  readonly argv: readonly string[];
  readonly resolve: (result: ExecResult) => void;
  readonly reject: (error: AgentpoolError) => void;
}

function helperEnded(file: string): AgentpoolError {
  return new AgentpoolError("exec_failed", `How ${file} ended is not known`, {
    why: "The process that started it was ended meanwhile.",
    hint: "Try again.",
  });
}
