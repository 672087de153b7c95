/** Longer output is more than the animation of a line or two. */
const maxCharacters = 4_096;
/** Spinners have a dozen verbs; what changes more than that is news. */
const maxShapes = 64;

/**
 * Tells the frames of an animation from news. An agent that works draws its spinner, clock and
 * token count about ten times a second, and each frame is as still as a settled screen. A frame
 * is familiar when the same words were written before and a look at the screen after that found
 * nothing new; as soon as something new is found all frames are strange again.
 */
export class FamiliarFrames {
  #known = new Set<string>();
  #pending = new Set<string>();

  /** Takes in what was written. @returns whether it is nothing but familiar */
  isFamiliar(output: string): boolean {
    if (output.length > maxCharacters) return false;
    const shape = shapeOf(output);
    if (this.#known.has(shape)) return true;
    this.#pending.add(shape);
    return false;
  }

  /** A look at the screen begins. @returns to be called with what it found */
  look(): (found: { readonly news: boolean }) => void {
    const seen = this.#pending;
    this.#pending = new Set();
    return ({ news }) => {
      if (news || this.#known.size + seen.size > maxShapes) this.#known.clear();
      if (!news) for (const shape of seen) this.#known.add(shape);
    };
  }
}

/* oxlint-disable no-control-regex */
const colours = /\u001b\[[\d;:]*m/g;
/* oxlint-enable no-control-regex */
const changing = /[^\p{L}\p{C}]+/gu;

/** Words and controls in their order, without colours, numbers, signs and glyphs. */
function shapeOf(output: string): string {
  return output.replace(colours, "").replace(changing, " ");
}
