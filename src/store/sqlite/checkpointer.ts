import type { Worker } from "node:worker_threads";
import { pause } from "../../platform/clock.ts";
import { driver } from "./connection.ts";

/** Pages (4 kB) in the log after which it is folded in; a typical commit adds 6. */
const pagesPerCheckpoint = 3_000;

/** How often folding is repeated at once to catch up with writes that came meanwhile. */
const maxRounds = 4;

/** Pages the log may hold before new writes wait until it was folded in. */
const maxUnfolded = 12_000;

/** How long they wait for that at most, in ms. */
const maxWaitMs = 1_000;

/**
 * Folds the write-ahead log into the database from a thread of its own. SQLite would do it inside
 * a commit, and it has to wait for the disk: while agents build and install, that takes tens of
 * milliseconds in which the event loop would stand still.
 *
 * SQLite starts the log anew only when all of it was folded in, so under a stream of writes that
 * never pauses the log would only grow; then `room` makes the writer pause, asleep.
 */
export class Checkpointer {
  readonly #file: string;
  readonly #onFailure: () => void;
  #worker: Worker | undefined;
  /** Pages written since the folding that goes on, or the last one, was ordered. */
  #written = 0;
  /** Pages written since all of the log had been folded in. */
  #unfolded = 0;
  /** Rounds left of the folding that goes on, undefined while none does. */
  #rounds: number | undefined;
  #waiting: (() => void)[] = [];
  #failed = false;

  /** @param onFailure called when the thread cannot be had; the writer must then do it itself */
  constructor(file: string, onFailure: () => void) {
    this.#file = file;
    this.#onFailure = onFailure;
  }

  /** To be called after each write transaction; never throws. */
  wrote(pages: number): void {
    this.#written += pages;
    this.#unfolded += pages;
    if (this.#written < pagesPerCheckpoint || this.#rounds !== undefined || this.#failed) return;
    this.#fold(maxRounds);
  }

  /** Undefined while the log may grow, else what the next write must wait for. */
  room(): Promise<unknown> | undefined {
    if (this.#unfolded < maxUnfolded || this.#failed) return undefined;
    const folded = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#rounds === undefined) this.#fold(maxRounds);
    // a process must not end with a write that waits
    this.#worker?.ref();
    return Promise.race([folded, pause(maxWaitMs)]);
  }

  #fold(rounds: number): void {
    this.#written = 0;
    this.#rounds = rounds - 1;
    try {
      this.#worker ??= this.#start();
      order(this.#worker, "fold");
    } catch {
      this.#fail();
    }
  }

  #folded(): void {
    const rounds = this.#rounds ?? 0;
    this.#rounds = undefined;
    if (this.#written > 0 && rounds > 0) {
      this.#fold(rounds);
      return;
    }
    if (this.#written === 0) this.#unfolded = 0;
    this.#letGo();
  }

  #letGo(): void {
    if (this.#waiting.length > 0) this.#worker?.unref();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Ends the thread, after what it is doing. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || this.#failed) return;
    worker.ref();
    await new Promise((resolve) => {
      worker.once("exit", resolve);
      order(worker, "stop");
    });
  }

  #start(): Worker {
    const { name, thread } = driver();
    // loaded here, since commands that only read never come here
    const threads = process.getBuiltinModule("node:worker_threads");
    const worker = new threads.Worker(program, {
      eval: true,
      // else Node would join them to ours, and by that make pipes there non-blocking for everybody
      stdout: true,
      stderr: true,
      execArgv: [],
      name: `checkpoint ${name}`,
      workerData: { ...thread, file: this.#file },
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    });
    worker.on("message", () => this.#folded());
    worker.on("error", () => this.#fail());
    // after the listeners, since listening makes it count again
    worker.unref();
    return worker;
  }

  #fail(): void {
    this.#failed = true;
    this.#letGo();
    this.#onFailure();
  }
}

function order(worker: Worker, what: "fold" | "stop"): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(what);
}

// A text, because a thread cannot load TypeScript on every Node that runs this from its sources.
const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  // Node 22 would say on standard error that its SQLite is experimental
  process.emitWarning = () => {};
  const loaded = require(workerData.module);
  const Database = loaded.DatabaseSync ?? loaded;
  const database = new Database(workerData.file, workerData.options);
  database.exec("PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL");
  const fold = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  parentPort.on("message", (order) => {
    if (order === "stop") {
      database.close();
      parentPort.close();
      return;
    }
    try {
      fold.get();
    } catch {
      // nothing is lost: it stays in the log, and the next order tries again
    }
    parentPort.postMessage("folded");
  });
`;
