import type { Run } from "../../domain/run.ts";
import type { SessionParts } from "../../session/parts.ts";
import { describe } from "../loop.ts";
import type { RunEnvironments } from "./environment.ts";
import { EventCommands } from "./event-commands.ts";

export interface EventTellingParts extends Pick<SessionParts, "store" | "machine" | "log" | "now"> {
  readonly environments: RunEnvironments;
}

/** So long the end waits for the command that is given the last events of a run. */
const lastEventsMs = 2_000;

/** When the commands for events are given them: as they come, and the last ones at a run's end. */
export class EventTelling {
  readonly #parts: EventTellingParts;
  readonly #commands: EventCommands;
  /** Runs that are over and whose last events are being told. */
  readonly #telling = new Set<Promise<void>>();
  #closed = false;

  constructor(parts: EventTellingParts) {
    this.#parts = parts;
    this.#commands = new EventCommands(parts, parts.environments);
  }

  get isBusy(): boolean {
    return this.#telling.size > 0;
  }

  /** A command that hangs is ended then: what it was not told the next supervisor tells. */
  async close(): Promise<void> {
    this.#closed = true;
    const patience = new Promise((resolve) => setTimeout(resolve, lastEventsMs).unref());
    await Promise.race([Promise.all(this.#telling), patience]);
    await this.#commands.close();
  }

  /**
   * Its last events are told while its environment is still there. Nobody waits for that: a command
   * that hangs would hold up all other runs.
   */
  async over(run: Run): Promise<void> {
    if (run.onEvent === null) return this.#parts.environments.forget(run.id);
    const telling = this.#tellLast(run).finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  async #tellLast(run: Run): Promise<void> {
    try {
      await this.#commands.tell(run);
    } catch (thrown) {
      this.#complain(run, thrown);
      if (this.#closed) return;
    }
    await this.#parts.environments
      .forget(run.id)
      .catch((thrown: unknown) => this.#complain(run, thrown));
  }

  tell(run: Run): void {
    this.#commands.tell(run).catch((thrown: unknown) => this.#complain(run, thrown));
  }

  #complain(run: Run, thrown: unknown): void {
    if (this.#closed) return;
    this.#parts.log("warn", "events of a run could not be told", {
      run: run.id,
      error: describe(thrown),
    });
  }
}
