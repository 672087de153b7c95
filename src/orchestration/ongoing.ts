import { isSetBack } from "../domain/time.ts";
import type { SessionParts } from "../session/parts.ts";
import { againMs, describe } from "./loop.ts";

/** Why something is left alone for a while. */
export interface HoldOff {
  /** Epoch ms. */
  readonly until: number;
  /** What may end it before: room, or an account whose limit was lifted. */
  readonly on: "room" | "account" | "time";
}

export interface OngoingParts extends Pick<SessionParts, "log" | "now"> {
  /** To whom it is done, for the log: `a run`. */
  readonly of: string;
  /** Called when something was done, whatever came of it, with the id of what it was done to. */
  readonly done: (id: string) => void;
}

/** What is being done to tasks, sessions and seats at this moment, and which are left alone. */
export class Ongoing {
  readonly #parts: OngoingParts;
  readonly #acts = new Map<string, Promise<void>>();
  /** Each with the moment it was told at. */
  readonly #holdOffs = new Map<string, HoldOff & { readonly since: number }>();
  #closed = false;

  constructor(parts: OngoingParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#acts.size;
  }

  has(id: string): boolean {
    return this.#acts.has(id);
  }

  /** Whether something is being done to it, or it is left alone for a while. */
  isBusy(id: string, now: number): boolean {
    return this.has(id) || this.heldUntil(id, now) !== null;
  }

  /**
   * Does something that takes its time. Whoever asks `has` before does nothing else to it meanwhile;
   * what fails is held off for a while.
   */
  act(id: string, what: () => Promise<unknown>): void {
    const acting = what()
      .then(
        () => undefined,
        (thrown: unknown) => {
          if (this.#closed) return;
          this.#parts.log("warn", `a step of ${this.#parts.of} failed and is tried again`, {
            of: id,
            error: describe(thrown),
          });
          this.tryAgain(id);
        },
      )
      .finally(() => {
        this.#acts.delete(id);
        this.#parts.done(id);
      });
    this.#acts.set(id, acting);
  }

  actIfFree(id: string, now: number, what: () => Promise<unknown>): void {
    if (!this.isBusy(id, now)) this.act(id, what);
  }

  holdOff(id: string, holdOff: HoldOff): void {
    this.#holdOffs.set(id, { ...holdOff, since: this.#parts.now() });
  }

  /** What failed for a reason of the machine's is left alone for a while. */
  tryAgain(id: string): void {
    this.holdOff(id, { until: this.#parts.now() + againMs, on: "time" });
  }

  /** Until when it is left alone, epoch ms; null when it is not. */
  heldUntil(id: string, now: number): number | null {
    const held = this.#holdOffs.get(id);
    if (held === undefined || held.until <= now) return null;
    return isSetBack(held.since, now) ? null : held.until;
  }

  /** Whether it was held off, be it that the time for that is over. */
  wasHeld(id: string): boolean {
    return this.#holdOffs.has(id);
  }

  forget(id: string): void {
    this.#holdOffs.delete(id);
  }

  /** Everything that waits for this is looked at again. */
  letGo(on: HoldOff["on"]): void {
    for (const [id, hold] of this.#holdOffs) if (hold.on === on) this.#holdOffs.delete(id);
  }

  /** What fails from now on is of no interest: the next supervisor finds the same and does it. */
  close(): void {
    this.#closed = true;
  }
}
