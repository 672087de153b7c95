/**
 * Wakes one waiter. A ring that comes while nobody waits is kept, so that nothing that happened
 * between two waits is slept through.
 */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves true at the next ring, false when the time is over or the signal ends it. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal?.aborted && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          this.#wake = undefined;
          resolve();
        };
        // timers are cut at 24 days by the platform
        const timer = setTimeout(done, Math.min(timeoutMs, 2 ** 31 - 1));
        signal?.addEventListener("abort", done, { once: true });
        this.#wake = done;
      });
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}
