import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BareTmux } from "./bare-tmux.ts";
import type { Bench } from "./bench.ts";
import { plainEnvironment } from "./environment.ts";
import type { BenchHome } from "./home.ts";

/** When a key, a pane or session, was heard of, in ns. */
export type Heard = readonly (readonly [key: string, atNs: number])[];

/** A process of its own that notes when it learns that a pane wrote. */
export class Receiver implements AsyncDisposable {
  readonly #process: ChildProcess;

  static bare(bench: Bench, tmux: BareTmux): Promise<Receiver> {
    return Receiver.#start(bench, ["bare", tmux.socket]);
  }

  static agentpool(bench: Bench, { home }: BenchHome): Promise<Receiver> {
    const module = join(bench.product.dist, "src", "rpc", "client.js");
    return Receiver.#start(bench, [
      "agentpool",
      pathToFileURL(module).href,
      home.supervisorSocket,
      bench.product.version,
    ]);
  }

  static async #start(bench: Bench, args: readonly string[]): Promise<Receiver> {
    const child = fork(bench.program("receiver.mjs"), args, {
      env: plainEnvironment(),
      serialization: "advanced",
    });
    const receiver = new Receiver(child);
    await receiver.#next();
    return receiver;
  }

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** All that was noted since the last time. */
  take(): Promise<Heard> {
    this.#process.send("take");
    return this.#next() as Promise<Heard>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.send("stop");
    await gone;
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error("the receiver ended"));
      this.#process.once("exit", ended);
      this.#process.once("message", (message) => {
        this.#process.off("exit", ended);
        resolve(message);
      });
    });
  }
}
