import type { Event } from "../../domain/event.ts";

type Listener = (events: readonly Event[]) => void;

/** Tells listeners what was committed, to each in commit order. */
export class Listeners {
  readonly #listeners = new Set<Listener>();
  readonly #untold: (readonly Event[])[] = [];
  #telling = false;

  add(listener: Listener): () => void {
    // a wrapper of its own, so that one function added twice is two listeners
    const entry: Listener = (events) => listener(events);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /**
   * A listener may itself commit; what that brings is told after everybody heard of this. What a
   * listener throws becomes a warning of the process: the commit has happened and stays.
   */
  tell(events: readonly Event[]): void {
    if (events.length === 0) return;
    this.#untold.push(events);
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of this.#listeners) {
        try {
          listener(next);
        } catch (thrown) {
          process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
        }
      }
    }
    this.#telling = false;
  }
}
