/** A smaller difference is a slow machine. */
const jumpMs = 5_000;

interface Jump {
  /** What the clock showed before. */
  readonly at: number;
  readonly byMs: number;
}

/**
 * Tells when the wall clock was set, or the machine slept: what was promised so much time gets that
 * much more, as nothing can have been done meanwhile.
 */
export class JumpClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  #lastWall: number;
  #lastSteady: number;
  readonly #jumps: Jump[] = [];

  constructor(wall: () => number, steady: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#steady = steady;
    this.#lastWall = wall();
    this.#lastSteady = steady();
  }

  /** The present moment by the wall clock, epoch ms. */
  look(): number {
    const wall = this.#wall();
    const steady = this.#steady();
    const byMs = wall - this.#lastWall - (steady - this.#lastSteady);
    if (Math.abs(byMs) > jumpMs) this.#jumps.push({ at: this.#lastWall, byMs });
    this.#lastWall = wall;
    this.#lastSteady = steady;
    return wall;
  }

  /** Looks, and gives by how much the wall clock was set since the last look; 0 where it was not. */
  lookForJump(): number {
    const before = this.#jumps.length;
    this.look();
    return this.#jumps.slice(before).reduce((sum, { byMs }) => sum + byMs, 0);
  }

  /** So much later is a moment due that was reckoned from `since`. */
  shiftSince(since: number): number {
    return this.#jumps.reduce((sum, { at, byMs }) => (at >= since ? sum + byMs : sum), 0);
  }
}
