import { Times } from "./times.mjs";

/**
 * Everything random, the same for the same seed. Each name has a sequence of its own, so that what
 * happens elsewhere at the same time changes nothing.
 */
export class Chance {
  #seed;
  #knobs;
  #sequences = new Map();

  constructor(knobs) {
    this.#seed = knobs.seed;
    this.#knobs = knobs;
  }

  /** The next time for a knob in ms; null when it is off. */
  ms(knob) {
    const range = this.#knobs[knob];
    if (range === null) return null;
    const [from, to] = range;
    return Math.round(from + this.#sequence(knob)() * (to - from));
  }

  /** When the fault of this knob strikes. */
  times(knob) {
    return new Times(this.#knobs[knob], this.#sequence(knob));
  }

  pick(name, list) {
    return list[Math.floor(this.#sequence(name)() * list.length)];
  }

  #sequence(name) {
    let sequence = this.#sequences.get(name);
    if (!sequence) {
      sequence = randomFrom(`${this.#seed} ${name}`);
      this.#sequences.set(name, sequence);
    }
    return sequence;
  }
}

/** Numbers from 0 up to 1: mulberry32, begun by the FNV-1a hash of a text. */
function randomFrom(text) {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ char.codePointAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
