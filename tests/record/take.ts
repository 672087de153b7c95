/** Takes down what a pane writes and shows and what the agent tells meanwhile. */
import { execFile } from "node:child_process";
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { hostname } from "node:os";
import { promisify } from "node:util";
import type { Claim } from "../../src/domain/observation.ts";
import type { Source } from "../../src/domain/source.ts";

const run = promisify(execFile);

export interface Told {
  readonly at: number;
  readonly source: Source;
  readonly claim: Claim;
}

export interface Shown {
  readonly at: number;
  /** Bytes the pane had written. */
  readonly offset: number;
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Written {
  readonly at: number;
  readonly offset: number;
}

const everyMs = 20;
/** A screen is captured when nothing was written for so long, and during work every so often. */
const stillMs = 100;
const busyEveryMs = 350;

export class Take {
  readonly startedAt = Date.now();
  readonly written: Written[] = [];
  readonly shown: Shown[] = [];
  readonly told: Told[] = [];
  /** When a person acted; until the agent tells more, nothing is certain. */
  readonly acts: number[] = [];
  bytes: Buffer = Buffer.alloc(0);
  endedAt = 0;
  readonly #log: string;
  readonly #tmux: readonly string[];
  readonly #pane: string;
  #running = true;
  readonly #done: Promise<void>;
  #lastShownAt = 0;
  #lastOffset = -1;

  constructor(place: { readonly socket: string; readonly pane: string; readonly log: string }) {
    this.#log = place.log;
    this.#tmux = ["-S", place.socket];
    this.#pane = place.pane;
    this.#done = this.#follow();
  }

  async end(): Promise<void> {
    this.#running = false;
    await this.#done;
    this.endedAt = Date.now();
  }

  async #follow(): Promise<void> {
    while (this.#running) {
      this.#read();
      await this.#look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    this.#read();
  }

  #read(): void {
    if (!existsSync(this.#log)) return;
    const fd = openSync(this.#log, "r");
    try {
      const { size } = fstatSync(fd);
      const from = this.bytes.length;
      if (size <= from) return;
      const piece = Buffer.alloc(size - from);
      const length = readSync(fd, piece, 0, piece.length, from);
      this.bytes = Buffer.concat([this.bytes, piece.subarray(0, length)]);
      this.written.push({ at: Date.now(), offset: this.bytes.length });
    } finally {
      closeSync(fd);
    }
  }

  async #look(): Promise<void> {
    const now = Date.now();
    const last = this.written.at(-1)?.at ?? 0;
    const isNew = this.bytes.length !== this.#lastOffset;
    const isStill = isNew && now - last >= stillMs;
    if (!isStill && !(isNew && now - this.#lastShownAt >= busyEveryMs)) return;
    const offset = this.bytes.length;
    const { stdout } = await run(
      "tmux",
      [
        ...this.#tmux,
        "display-message",
        "-p",
        "-t",
        this.#pane,
        "#{pane_title}",
        ";",
        "capture-pane",
        "-p",
        "-e",
        "-t",
        this.#pane,
      ],
      { timeout: 5_000, maxBuffer: 16 << 20 },
    );
    this.#read();
    // something was written meanwhile: nobody knows whether before or after it
    if (this.bytes.length !== offset) return;
    this.#lastShownAt = now;
    this.#lastOffset = offset;
    const [title = "", ...lines] = stdout.replace(/\n$/, "").split("\n");
    while (lines.at(-1) === "") lines.pop();
    this.shown.push({
      at: now,
      offset,
      title: title === hostname() ? "host" : title,
      lines,
    });
  }
}
