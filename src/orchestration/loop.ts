import { AgentpoolError } from "../domain/errors.ts";
import type { SessionParts } from "../session/parts.ts";

export interface LoopParts extends Pick<SessionParts, "log" | "now"> {
  /** What is looked after, for the log: `runs`. */
  readonly of: string;
  /** Commits that come so close together are looked at together. */
  readonly gatherMs: number;
  /** One look at everything. Returns when time alone will change something, epoch ms. */
  readonly look: () => Promise<number | null>;
}

/** What failed for a reason of the machine's is tried again after so long. */
export const againMs = 3_000;
const longestTimerMs = 60_000;

/**
 * Looks whenever it is woken or a moment is due, one look at a time, and never without a reason.
 * Woken in the middle of a look, it looks once more.
 */
export class Loop {
  readonly #parts: LoopParts;
  #timer: NodeJS.Timeout | undefined;
  #again = false;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  /** Whether a look is still to come. */
  get isWoken(): boolean {
    return this.#again;
  }

  wake(): void {
    this.#again = true;
    if (this.#running || this.#closed) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // something came between the last look and this
      if (this.#again && !this.#closed) this.wake();
    });
  }

  /** Looks no more; resolves when the present look is over. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { look, log, now, of, gatherMs } = this.#parts;
    let nextAt: number | null = null;
    while (this.#again && !this.#closed) {
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      if (this.#closed) return;
      this.#again = false;
      try {
        nextAt = await look();
      } catch (thrown) {
        if (this.#closed || AgentpoolError.from(thrown).code === "stale_epoch") return;
        log("error", `${of} could not be looked after`, { error: describe(thrown) });
        nextAt = now() + againMs;
      }
    }
    this.#lookAt(nextAt);
  }

  #lookAt(at: number | null): void {
    clearTimeout(this.#timer);
    if (at === null || this.#closed) return;
    const inMs = Math.min(Math.max(0, at - this.#parts.now()) + 1, longestTimerMs);
    this.#timer = setTimeout(() => this.wake(), inMs);
    this.#timer.unref();
  }
}

/** What was thrown, for the log. */
export function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
