/**
 * Runs a job when asked; calls that come while it runs lead to exactly one more run, so that
 * nothing that happened before a call is overlooked.
 */
export class Coalesced {
  readonly #job: () => Promise<unknown>;
  readonly #onFailure: (thrown: unknown) => void;
  #isRunning = false;
  #again = false;

  constructor(job: () => Promise<unknown>, onFailure: (thrown: unknown) => void) {
    this.#job = job;
    this.#onFailure = onFailure;
  }

  ask(): void {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    this.#isRunning = true;
    this.#job()
      .catch(this.#onFailure)
      .finally(() => {
        this.#isRunning = false;
        if (!this.#again) return;
        this.#again = false;
        this.ask();
      });
  }
}
