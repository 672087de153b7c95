import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { AgentpoolError } from "../domain/errors.ts";
import { pause } from "./clock.ts";

export interface Rpc {
  /** @throws whatever the program answers as an error, by its message; exec_failed when it does not */
  readonly call: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>;
  readonly notify: (method: string, params: unknown) => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** How long a program may take to leave by itself once its input is closed. */
const leaveWithinMs = 300;

/**
 * Runs a program that speaks JSON-RPC in lines for as long as `talk` takes, in a process group of
 * its own, and ends the group afterwards, whatever happened. What it asks of us stays unanswered.
 * @throws exec_failed when it cannot be started, ends early or the signal ends it
 */
export async function converse<T>(
  argv: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly signal: AbortSignal;
  },
  talk: (rpc: Rpc) => Promise<T>,
): Promise<T> {
  const { env, cwd, signal } = options;
  const [file = "", ...args] = argv;
  if (signal.aborted) throw gaveUp(file);
  const child = spawn(file, args, { detached: true, stdio: ["pipe", "pipe", "ignore"], env, cwd });
  const pending = new Map<number, Pending>();
  let over: Error | undefined;
  const end = (why: Error): void => {
    over ??= why;
    for (const one of pending.values()) one.reject(over);
    pending.clear();
  };
  const abort = (): void => end(gaveUp(file));
  signal.addEventListener("abort", abort, { once: true });
  child.on("error", (cause) =>
    end(new AgentpoolError("exec_failed", `${file} could not be started`, { cause })),
  );
  child.on("exit", () =>
    end(new AgentpoolError("exec_failed", `${file} ended before it had answered`)),
  );
  child.stdin?.on("error", () => undefined);
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
    settle(pending, line),
  );

  let count = 0;
  const send = (message: object): void => {
    child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  };
  const rpc: Rpc = {
    notify: (method, params) => send({ method, params }),
    call: async (method, params, timeoutMs) => {
      if (over) throw over;
      const id = (count += 1);
      const given = new AbortController();
      const answer = new Promise<unknown>((resolve, reject) =>
        pending.set(id, { resolve, reject }),
      );
      send({ id, method, params });
      const late = pause(timeoutMs, { signal: given.signal, keepAlive: true }).then(() => {
        throw new AgentpoolError("exec_failed", `${file} did not answer ${method}`, {
          why: `It had ${timeoutMs} ms.`,
        });
      });
      try {
        return await Promise.race([answer, late]);
      } finally {
        pending.delete(id);
        given.abort();
        late.catch(() => undefined);
      }
    },
  };
  try {
    return await talk(rpc);
  } finally {
    signal.removeEventListener("abort", abort);
    await leave(child);
  }
}

function settle(pending: Map<number, Pending>, line: string): void {
  let message: { id?: unknown; result?: unknown; error?: { message?: unknown } };
  try {
    message = JSON.parse(line) as typeof message;
  } catch {
    // what a program prints besides
    return;
  }
  const one = typeof message?.id === "number" ? pending.get(message.id) : undefined;
  if (!one) return;
  if (message.error === undefined || message.error === null) one.resolve(message.result);
  else {
    const { message: why } = message.error;
    one.reject(new Error(typeof why === "string" ? why : "it refused"));
  }
}

async function leave(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
  child.stdin?.end();
  await Promise.race([gone, pause(leaveWithinMs, { keepAlive: true })]);
  try {
    // also what it started and left behind
    process.kill(-child.pid, "SIGKILL");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
  await Promise.race([gone, pause(leaveWithinMs, { keepAlive: true })]);
}

function gaveUp(file: string): AgentpoolError {
  return new AgentpoolError("exec_failed", `${file} was stopped`, {
    why: "The request it ran for was given up.",
  });
}
