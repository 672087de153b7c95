import type { Log } from "../../platform/log.ts";
import type { TerminalEvents } from "../terminal.ts";

/** Who listens to what happens in terminals, and the telling of it. */
export class TerminalNews {
  readonly #log: Log;
  readonly #listeners: { [E in keyof TerminalEvents]: Set<TerminalEvents[E]> } = {
    output: new Set(),
    died: new Set(),
    closed: new Set(),
    bell: new Set(),
    title: new Set(),
    resynced: new Set(),
    unlogged: new Set(),
    lost: new Set(),
  };

  constructor(log: Log) {
    this.#log = log;
  }

  /** @returns the undo */
  on<E extends keyof TerminalEvents>(event: E, listener: TerminalEvents[E]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  emit<E extends keyof TerminalEvents>(event: E, ...facts: Parameters<TerminalEvents[E]>): void {
    for (const listener of this.#listeners[event]) {
      try {
        (listener as (...facts: Parameters<TerminalEvents[E]>) => void)(...facts);
      } catch (thrown) {
        // one listener's fault must not keep the news from the others
        this.#log("error", `a listener to "${event}" failed`, { error: String(thrown) });
      }
    }
  }
}
