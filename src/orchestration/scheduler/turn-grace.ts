/**
 * So long turns may go on to their end when what they used has used up a budget: agents tell what a
 * turn used a moment before they tell that it is over, and its result is paid for.
 */
const graceMs = 5_000;

/**
 * Since when budgets are used up. Known to this supervisor alone: after one that was killed the time
 * begins anew, as short as it is.
 */
export class TurnGrace {
  readonly #since = new Map<string, number>();

  /** Until when turns may end that go on while this is used up, epoch ms. */
  until(id: string, now: number): number {
    const known = this.#since.get(id);
    // a clock that was set back lengthens nothing
    const since = known === undefined ? now : Math.min(known, now);
    this.#since.set(id, since);
    return since + graceMs;
  }

  /** There is something left again. */
  forget(id: string): void {
    this.#since.delete(id);
  }
}
