import { elapsedMs, pause } from "../../platform/clock.ts";

/**
 * Lets looks at the screens of many sessions follow one another. A terminal server answers all it
 * was asked before it reads on what panes write: hundreds of looks at once would keep it from
 * that for as long as they take. While others wait, each look is followed by a pause as long as
 * itself.
 */
export class LookQueue {
  readonly #urgent: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #isBusy = false;

  /** @param options `urgent` ones come before all that are not */
  async run<T>(look: () => Promise<T>, options: { readonly urgent: boolean }): Promise<T> {
    if (this.#isBusy) {
      const queue = options.urgent ? this.#urgent : this.#others;
      await new Promise<void>((resolve) => queue.push(resolve));
    }
    this.#isBusy = true;
    const startedAt = elapsedMs();
    try {
      return await look();
    } finally {
      void this.#follow(elapsedMs() - startedAt);
    }
  }

  async #follow(tookMs: number): Promise<void> {
    if (this.#urgent.length + this.#others.length > 0) await pause(tookMs);
    const waiting = this.#urgent.shift() ?? this.#others.shift();
    if (waiting) waiting();
    else this.#isBusy = false;
  }
}
