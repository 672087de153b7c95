import { fork, type ChildProcess } from "node:child_process";
import { supervisorCommand } from "../../src/supervisor/command.ts";
import { until } from "../measure/clock.ts";
import type { Bench } from "./bench.ts";
import { plainEnvironment } from "./environment.ts";
import type { BenchHome } from "./home.ts";

/** A process of its own that waits for what others write. */
export class Waiter implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #said: unknown[] = [];

  /** One that is told over a socket it listens on, and by nothing else. */
  static bare(bench: Bench, socket: string): Promise<Waiter> {
    return Waiter.#start(bench, ["bare", socket], plainEnvironment());
  }

  /** One that follows the events of a home; over another socket than the supervisor's where one is named. */
  static atSupervisor(
    bench: Bench,
    { home, env }: BenchHome,
    socket = home.supervisorSocket,
  ): Promise<Waiter> {
    const { dist, version, supervisor } = bench.product;
    const entry = supervisorCommand(supervisor, bench.node);
    const words = ["agentpool", dist, socket, version, ...entry];
    return Waiter.#start(bench, words, { ...env, AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "0" });
  }

  static async #start(
    bench: Bench,
    words: readonly string[],
    env: { [name: string]: string },
  ): Promise<Waiter> {
    const waiter = new Waiter(fork(bench.program("waiter.mjs"), words, { env }));
    await waiter.#next("a process that waits");
    return waiter;
  }

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on("message", (word) => this.#said.push(word));
  }

  /** The nanosecond at which it had what was written next. @throws {Error} when it never does */
  async had(): Promise<number> {
    return Number(await this.#next("what was written"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await gone;
  }

  #next(what: string): Promise<unknown> {
    const look = (): { readonly word: unknown } | undefined =>
      this.#said.length === 0 ? undefined : { word: this.#said.shift() };
    return until(what, look, { everyMs: 2 }).then(({ word }) => word);
  }
}
