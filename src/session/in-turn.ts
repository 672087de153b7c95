/** Runs what concerns one thing in the order it was asked for; different things do not wait. */
export class InTurn {
  readonly #last = new Map<string, Promise<void>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const work = (this.#last.get(key) ?? Promise.resolve()).then(task);
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, over);
    try {
      return await work;
    } finally {
      if (this.#last.get(key) === over) this.#last.delete(key);
    }
  }

  /** Resolves when all that was asked for by now is over, whatever came of it. */
  async over(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
