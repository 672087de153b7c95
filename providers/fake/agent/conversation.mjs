import { entryLines } from "./frame.mjs";

/** What the screen shows of the conversation; old entries are forgotten, so memory stays small. */
export class Conversation {
  #entries = [];
  /** How many there ever were. */
  count = 0;

  add(entry) {
    this.#entries.push({ ...entry });
    this.count += 1;
    if (this.#entries.length > 200) this.#entries.shift();
  }

  /** The last lines that fit. */
  lastLines(room, columns) {
    if (room <= 0) return [];
    let first = this.#entries.length;
    for (let count = 0; first > 0 && count < room; first--) {
      count += this.#linesOf(this.#entries[first - 1], columns).length;
    }
    const shown = this.#entries.slice(first).flatMap((entry) => this.#linesOf(entry, columns));
    return shown.slice(-room);
  }

  /** Lines of everything that came after the first `count` entries. */
  linesSince(count, columns) {
    const fresh = Math.min(this.count - count, this.#entries.length);
    if (fresh <= 0) return [];
    return this.#entries.slice(-fresh).flatMap((entry) => this.#linesOf(entry, columns));
  }

  #linesOf(entry, columns) {
    if (entry.columns !== columns) {
      entry.columns = columns;
      entry.lines = entryLines(entry, columns);
    }
    return entry.lines;
  }
}
