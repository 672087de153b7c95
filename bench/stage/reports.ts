import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** Where programs of the benchmarks tell what they experienced: JSON lines on a socket. */
export class Reports<T> implements AsyncDisposable {
  readonly socket: string;
  readonly all: T[] = [];
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  readonly #waiting = new Set<Waiting<T>>();

  constructor(bench: Bench) {
    this.socket = join(bench.newFolder(), "reports.sock");
    this.#server = createServer((connection) => {
      this.#connections.add(connection);
      let rest = "";
      connection.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.#take(JSON.parse(line) as T);
      });
      connection.on("error", () => undefined);
    });
    this.#server.listen(this.socket);
  }

  /** The first report that fits, among those to come. @throws {Error} when none does in time */
  next(what: string, fits: (one: T) => boolean, timeoutMs = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting<T> = {
        fits,
        resolve: (one) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(one);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`${what} did not come in ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.add(waiting);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(one: T): void {
    this.all.push(one);
    for (const { fits, resolve } of this.#waiting) if (fits(one)) resolve(one);
  }
}

interface Waiting<T> {
  readonly fits: (one: T) => boolean;
  readonly resolve: (one: T) => void;
}
