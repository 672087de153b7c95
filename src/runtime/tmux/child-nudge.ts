import { elapsedMs } from "../../platform/clock.ts";

/** Most programs write last and end right after. */
const afterOutputMs = 10;
/** Nudges while output does not pause. */
const atMostEveryMs = 100;
/** Pauses between the further nudges once it paused. */
const thenAfterMs = [50, 200, 500] as const;
/** Nudges while all panes are still: for one that was killed without a word. */
const stillEveryMs = 1_000;

/**
 * Makes tmux look for ended children. tmux built with libutempter (Debian, Ubuntu) runs a helper
 * when a terminal closes and ignores SIGCHLD meanwhile, just when the pane's process ends: about
 * every fourth end goes unnoticed until the next child ends. A SIGCHLD of ours makes it look; it
 * costs a system call, and the server 0.1 to 0.7 ms.
 */
export class ChildNudge {
  #serverPid = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #nudgedAtMs = 0;
  #stage = 0;
  #still: NodeJS.Timeout | undefined;

  begin(serverPid: number): void {
    this.end();
    this.#serverPid = serverPid;
    this.#still = setInterval(() => this.now(), stillEveryMs);
    this.#still.unref();
  }

  end(): void {
    clearInterval(this.#still);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#serverPid = 0;
  }

  /** A pane wrote something. */
  touch(): void {
    this.#stage = 0;
    const nowMs = elapsedMs();
    const dueAtMs = Math.max(nowMs + afterOutputMs, this.#nudgedAtMs + atMostEveryMs);
    // one of the further nudges waits for a pause that did not come
    const early = this.#dueAtMs < this.#nudgedAtMs + atMostEveryMs;
    if (this.#timer === undefined || early || this.#dueAtMs > dueAtMs) {
      this.#schedule(dueAtMs - nowMs);
    }
  }

  now(): void {
    if (this.#serverPid <= 1) return;
    this.#nudgedAtMs = elapsedMs();
    try {
      process.kill(this.#serverPid, "SIGCHLD");
    } catch (thrown) {
      // the server is gone, which the connection tells in its own way
      if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
    }
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#serverPid === 0) return;
    this.#dueAtMs = elapsedMs() + delayMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.now();
      const next = thenAfterMs[this.#stage++];
      if (next !== undefined) this.#schedule(next);
    }, delayMs);
    this.#timer.unref();
  }
}
