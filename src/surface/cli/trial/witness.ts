import type { EventJson } from "../../../operations/projection.ts";

/** Keeps every event of a trial, in their order, and tells when one comes. */
export class Witness {
  readonly #events: EventJson[] = [];
  readonly #waiting = new Set<() => void>();

  get events(): readonly EventJson[] {
    return this.#events;
  }

  take(event: EventJson): void {
    this.#events.push(event);
    for (const look of this.#waiting) look();
  }

  /**
   * What the probe finds among the events, as soon as it does; undefined when the time is over.
   * @throws the signal's reason
   */
  async until<T>(
    probe: (events: readonly EventJson[]) => T | undefined,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<T | undefined> {
    return new Promise<T | undefined>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        signal.removeEventListener("abort", aborted);
      };
      const aborted = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const look = (): void => {
        const found = probe(this.#events);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        resolve(undefined);
      }, timeoutMs);
      if (signal.aborted) return aborted();
      signal.addEventListener("abort", aborted);
      this.#waiting.add(look);
      look();
    });
  }
}
