import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { BenchHome } from "./home.ts";

/** What one process was given, and how long each claim took. */
export interface Claimed {
  readonly ids: readonly (string | null)[];
  readonly ms: readonly number[];
}

export interface Pace {
  /** Milliseconds from one claim to the next; 0 for as fast as they come. */
  readonly every: number;
  readonly for: number;
}

/** Several processes that claim at one place; ended with the block. */
export class Claimers implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly #lines: AsyncIterator<string>[] = [];

  private constructor() {}

  static async atSupervisor(bench: Bench, home: BenchHome, count: number): Promise<Claimers> {
    const client = join(bench.product.dist, "src", "rpc", "client.js");
    const claimers = new Claimers();
    for (let n = 0; n < count; n++) {
      const own = [client, home.home.supervisorSocket, `w${n}`, bench.product.version];
      await claimers.#start(bench, "claimer.mjs", own);
    }
    return claimers;
  }

  /** With a server of their own that does no more than it must. */
  static async atBareServer(bench: Bench, tasks: number, count: number): Promise<Claimers> {
    const folder = bench.newFolder();
    const socket = join(folder, "claims.sock");
    const claimers = new Claimers();
    await claimers.#start(bench, "claim-server.mjs", [socket, join(folder, "db"), String(tasks)]);
    claimers.#lines.pop();
    for (let n = 0; n < count; n++) {
      await claimers.#start(bench, "claimer.mjs", ["bare", socket, `w${n}`]);
    }
    return claimers;
  }

  /** All at once, or only the first. */
  claim(pace: Pace, count = this.#lines.length): Promise<readonly Claimed[]> {
    const workers = this.#children.slice(-this.#lines.length);
    return Promise.all(
      this.#lines.slice(0, count).map(async (lines, n) => {
        workers[n]?.stdin?.write(`${JSON.stringify(pace)}\n`);
        const { value, done } = await lines.next();
        if (done) throw new Error("a process that claims ended before its time");
        return JSON.parse(value) as Claimed;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) {
      const closed = new Promise((resolve) => child.once("close", resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await closed;
      }
    }
  }

  async #start(bench: Bench, program: string, words: readonly string[]): Promise<void> {
    const child = spawn(process.execPath, [bench.program(program), ...words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = (await lines.next()) as { value?: string };
    if (value !== "ready") throw new Error(`${program} did not start`);
    this.#lines.push(lines);
  }
}

/** Puts so many tasks on the board of a home. */
export async function addTasks(home: BenchHome, count: number): Promise<void> {
  const atOnce = 50;
  for (let n = 0; n < count; n += atOnce) {
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - n) }, (_, i) =>
        home.client.call("task.add", { input: { title: `task ${n + i}` } }),
      ),
    );
  }
}
