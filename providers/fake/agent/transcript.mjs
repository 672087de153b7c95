import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The agent's own log of a conversation: JSON lines, only ever appended to. Knobs make it late or
 * break its lines in two for a moment, as buffered writers do.
 */
export class Transcript {
  #path;
  #options;
  #waiting = [];
  #timer = null;
  #n;

  /**
   * `options`: `entries` it has already, `delayMs()` gives the delay of a line, `split` breaks lines,
   * `off` writes none.
   */
  constructor(path, conversation, options) {
    if (!options.off) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#n = options.entries;
    this.#path = path;
    this.conversation = conversation;
    this.#options = options;
  }

  get path() {
    return this.#path;
  }

  add(type, details = {}) {
    if (this.#options.off) return;
    this.#n += 1;
    const time = new Date().toISOString();
    const entry = { time, id: `e${this.#n}`, conversation: this.conversation, type, ...details };
    const line = `${JSON.stringify(entry)}\n`;
    const delayMs = this.#options.delayMs();
    if (delayMs === 0 && !this.#options.split) {
      this.#write(line);
      return;
    }
    const half = this.#options.split ? line.length >> 1 : 0;
    if (half > 0) this.#waiting.push({ text: line.slice(0, half), delayMs });
    this.#waiting.push({ text: line.slice(half), delayMs: half > 0 ? 20 : delayMs });
    this.#next();
  }

  /** Writes all that still waits. */
  flush() {
    clearTimeout(this.#timer);
    for (const { text } of this.#waiting.splice(0)) this.#write(text);
  }

  #next() {
    if (this.#timer !== null || this.#waiting.length === 0) return;
    const { text, delayMs } = this.#waiting[0];
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#waiting.shift();
      this.#write(text);
      this.#next();
    }, delayMs);
  }

  #write(text) {
    appendFileSync(this.#path, text, { mode: 0o600 });
  }
}
