import { characterWidth } from "../../domain/character-width.ts";
import { blankPen, penChange, penSequence } from "../../provider/ansi.ts";

/** What a line of the terminal held when it left the screen for good. */
export interface LeftLine {
  readonly text: string;
  /** The terminal broke the line here because it was full; the next one goes on with it. */
  readonly wraps: boolean;
}

interface Row {
  cells: string[];
  /** How each cell is drawn; see penChange. Where none is, plainly. */
  pens: number[];
  wraps: boolean;
}

interface Buffer {
  rows: Row[];
  x: number;
  y: number;
  /** The last column was written; the next character goes to the next line. */
  atEdge: boolean;
  saved: { x: number; y: number };
  top: number;
  bottom: number;
}

/**
 * The screen of a terminal, as far as its text goes: cursor movement, erasing, inserting, scroll
 * regions, the alternate screen; and which parts are bold, dim or reversed. Colours and modes are
 * ignored. Lines that scroll off the top, and pages that are cleared away, are handed to `left` and
 * `cleared`.
 */
export class TerminalScreen {
  #cols: number;
  #rows: number;
  readonly #left: (line: LeftLine) => void;
  readonly #cleared: (lines: readonly LeftLine[], scrollback: boolean) => void;
  #main: Buffer;
  #alternate: Buffer | null = null;
  #last = "";
  #pen = blankPen;
  #title = "";

  constructor(options: {
    readonly cols: number;
    readonly rows: number;
    readonly left: (line: LeftLine) => void;
    /** The page that goes; `scrollback` when everything before it was wiped too. */
    readonly cleared: (lines: readonly LeftLine[], scrollback: boolean) => void;
  }) {
    this.#cols = options.cols;
    this.#rows = options.rows;
    this.#left = options.left;
    this.#cleared = options.cleared;
    this.#main = this.#blank();
  }

  /** The lines now on screen, without empty ones at the end. */
  lines(): LeftLine[] {
    return linesOf(this.#now);
  }

  /** The title the program has given its window, empty before. */
  get windowTitle(): string {
    return this.#title;
  }

  get cursor(): { readonly x: number; readonly y: number } {
    const { x, y } = this.#now;
    return { x, y };
  }

  /** Every row from the top, with SGR escapes. */
  styledRows(): string[] {
    return this.#now.rows.map(styled);
  }

  /**
   * Another size, without breaking lines anew: what does not fit is cut, and lines above the
   * cursor leave at the top, as in a terminal.
   */
  resize(cols: number, rows: number): void {
    this.#cols = cols;
    this.#rows = rows;
    for (const buffer of [this.#main, this.#alternate]) {
      if (!buffer) continue;
      while (buffer.rows.length > rows && buffer.y < buffer.rows.length - 1) buffer.rows.pop();
      while (buffer.rows.length > rows) {
        const gone = buffer.rows.shift();
        if (gone && buffer === this.#main) this.#left(lineOf(gone));
        buffer.y = Math.max(0, buffer.y - 1);
      }
      while (buffer.rows.length < rows) buffer.rows.push(blankRow());
      for (const row of buffer.rows) {
        row.cells.length = Math.min(row.cells.length, cols);
        row.pens.length = Math.min(row.pens.length, cols);
      }
      buffer.x = Math.min(buffer.x, cols - 1);
      buffer.atEdge = false;
      buffer.top = 0;
      buffer.bottom = rows - 1;
    }
  }

  title(text: string): void {
    this.#title = text;
  }

  print(text: string): void {
    for (const character of text) {
      const code = character.charCodeAt(0);
      if (code < 0x7f || code > 0x9f) this.#put(character);
    }
  }

  /** One control character below blank. */
  control(code: number): void {
    const now = this.#now;
    if (code === 0x0d) {
      now.x = 0;
      now.atEdge = false;
    } else if (code === 0x0a || code === 0x0b || code === 0x0c) this.#lineFeed();
    else if (code === 0x08) {
      now.x = Math.max(0, now.x - 1);
      now.atEdge = false;
    } else if (code === 0x09) now.x = Math.min(this.#cols - 1, (now.x & ~7) + 8);
  }

  /** An escape of one final character, other than CSI. */
  escape(final: string): void {
    const now = this.#now;
    if (final === "D") this.#lineFeed();
    else if (final === "E") {
      now.x = 0;
      this.#lineFeed();
    } else if (final === "M") {
      if (now.y === now.top) this.#scrollDown(now.top, 1);
      else now.y = Math.max(0, now.y - 1);
    } else if (final === "7") now.saved = { x: now.x, y: now.y };
    else if (final === "8") this.#moveTo(now.saved.x, now.saved.y);
    else if (final === "c") {
      this.#clear(true);
      this.#alternate = null;
      this.#main = this.#blank();
    }
  }

  /** A CSI sequence: private marker, numbers and the final character. */
  csi(marker: string, numbers: readonly number[], final: string, parameters = ""): void {
    if (marker === "?") {
      if (final === "h" || final === "l") this.#mode(numbers, final === "h");
      return;
    }
    if (marker !== "") return;
    if (final === "m") {
      this.#pen = penChange(parameters, this.#pen);
      return;
    }
    const now = this.#now;
    const n = Math.max(1, numbers[0] ?? 1);
    switch (final) {
      case "A":
        return this.#moveTo(now.x, Math.max(now.y >= now.top ? now.top : 0, now.y - n));
      case "B":
      case "e":
        return this.#moveTo(
          now.x,
          Math.min(now.y <= now.bottom ? now.bottom : this.#rows - 1, now.y + n),
        );
      case "C":
      case "a":
        return this.#moveTo(now.x + n, now.y);
      case "D":
        return this.#moveTo(now.x - n, now.y);
      case "E":
        return this.#moveTo(0, now.y + n);
      case "F":
        return this.#moveTo(0, now.y - n);
      case "G":
      case "`":
        return this.#moveTo(n - 1, now.y);
      case "d":
        return this.#moveTo(now.x, n - 1);
      case "H":
      case "f":
        return this.#moveTo(Math.max(1, numbers[1] ?? 1) - 1, n - 1);
      case "J":
        return this.#eraseDisplay(numbers[0] ?? 0);
      case "K":
        return this.#eraseLine(numbers[0] ?? 0);
      case "L":
        return this.#insertLines(n);
      case "M":
        return this.#deleteLines(n);
      case "S":
        return this.#scrollUp(now.top, n);
      case "T":
        return this.#scrollDown(now.top, n);
      case "P":
        return this.#shiftCells(n, 0);
      case "@":
        return this.#shiftCells(0, n);
      case "X":
        return this.#blankCells(now.x, now.x + n);
      case "b":
        return this.print(this.#last.repeat(Math.min(n, this.#cols)));
      case "r":
        return this.#setRegion(numbers);
      case "s":
        now.saved = { x: now.x, y: now.y };
        return;
      case "u":
        return this.#moveTo(now.saved.x, now.saved.y);
      default:
    }
  }

  get #now(): Buffer {
    return this.#alternate ?? this.#main;
  }

  #blank(): Buffer {
    return {
      rows: Array.from({ length: this.#rows }, blankRow),
      x: 0,
      y: 0,
      atEdge: false,
      saved: { x: 0, y: 0 },
      top: 0,
      bottom: this.#rows - 1,
    };
  }

  #put(character: string): void {
    const width = characterWidth(character);
    const now = this.#now;
    if (width === 0) {
      const row = this.#row(now.y);
      const before = now.atEdge ? now.x : now.x - 1;
      if (row.cells[before]) row.cells[before] += character;
      return;
    }
    if (now.atEdge || now.x + width > this.#cols) {
      this.#row(now.y).wraps = true;
      now.x = 0;
      this.#lineFeed();
    }
    const { cells, pens } = this.#row(now.y);
    while (cells.length < now.x) cells.push(" ");
    cells[now.x] = character;
    if (width === 2) cells[now.x + 1] = "";
    // an array of which most stays empty is kept as one only where something is drawn in a pen
    if (this.#pen !== blankPen || pens.length > now.x) {
      while (pens.length < now.x) pens.push(blankPen);
      pens[now.x] = this.#pen;
      if (width === 2) pens[now.x + 1] = this.#pen;
    }
    this.#last = character;
    now.atEdge = now.x + width >= this.#cols;
    now.x = Math.min(now.x + width, this.#cols - 1);
  }

  #row(y: number): Row {
    return this.#now.rows[y] as Row;
  }

  #moveTo(x: number, y: number): void {
    const now = this.#now;
    now.x = Math.max(0, Math.min(this.#cols - 1, x));
    now.y = Math.max(0, Math.min(this.#rows - 1, y));
    now.atEdge = false;
  }

  #lineFeed(): void {
    const now = this.#now;
    now.atEdge = false;
    if (now.y === now.bottom) this.#scrollUp(now.top, 1);
    else now.y = Math.min(this.#rows - 1, now.y + 1);
  }

  #scrollUp(from: number, count: number): void {
    const now = this.#now;
    for (let i = 0; i < Math.min(count, now.bottom - from + 1); i++) {
      const [gone] = now.rows.splice(from, 1);
      // only what leaves at the top of the screen is history; a region below it is redrawn
      if (gone && from === 0) this.#left(lineOf(gone));
      now.rows.splice(now.bottom, 0, blankRow());
    }
  }

  #scrollDown(from: number, count: number): void {
    const now = this.#now;
    for (let i = 0; i < Math.min(count, now.bottom - from + 1); i++) {
      now.rows.splice(now.bottom, 1);
      now.rows.splice(from, 0, blankRow());
    }
  }

  #insertLines(count: number): void {
    const now = this.#now;
    if (now.y >= now.top && now.y <= now.bottom) this.#scrollDown(now.y, count);
  }

  #deleteLines(count: number): void {
    const now = this.#now;
    if (now.y < now.top || now.y > now.bottom) return;
    for (let i = 0; i < Math.min(count, now.bottom - now.y + 1); i++) {
      now.rows.splice(now.y, 1);
      now.rows.splice(now.bottom, 0, blankRow());
    }
  }

  #eraseDisplay(what: number): void {
    const now = this.#now;
    if (what === 2 || what === 3) return this.#clear(what === 3);
    if (what === 1) {
      for (let y = 0; y < now.y; y++) now.rows[y] = blankRow();
      return this.#blankCells(0, now.x + 1);
    }
    if (now.x === 0 && now.y === 0) return this.#clear(false);
    this.#blankCells(now.x, this.#cols);
    for (let y = now.y + 1; y < this.#rows; y++) now.rows[y] = blankRow();
  }

  #clear(scrollback: boolean): void {
    const now = this.#now;
    this.#cleared(linesOf(now), scrollback);
    now.rows = now.rows.map(blankRow);
  }

  #eraseLine(what: number): void {
    const { x } = this.#now;
    if (what === 2) this.#blankCells(0, this.#cols);
    else if (what === 1) this.#blankCells(0, x + 1);
    // behind the last column there is nothing to erase, as tmux has it
    else if (!this.#now.atEdge) this.#blankCells(x, this.#cols);
  }

  #blankCells(from: number, to: number): void {
    const row = this.#row(this.#now.y);
    row.wraps = false;
    if (to >= row.cells.length) row.cells.length = Math.min(row.cells.length, from);
    else row.cells.fill(" ", from, to);
    if (to >= row.pens.length) row.pens.length = Math.min(row.pens.length, from);
    else row.pens.fill(blankPen, from, to);
  }

  #shiftCells(remove: number, insert: number): void {
    const now = this.#now;
    const { cells, pens } = this.#row(now.y);
    while (cells.length < now.x) cells.push(" ");
    while (pens.length < now.x) pens.push(blankPen);
    const count = Math.min(insert, this.#cols);
    cells.splice(now.x, remove, ...Array.from({ length: count }, () => " "));
    pens.splice(now.x, remove, ...Array.from({ length: count }, () => blankPen));
    cells.length = Math.min(cells.length, this.#cols);
    pens.length = Math.min(pens.length, this.#cols);
  }

  #setRegion(numbers: readonly number[]): void {
    const now = this.#now;
    const top = Math.max(1, numbers[0] ?? 1) - 1;
    const bottom = Math.min(this.#rows, numbers[1] || this.#rows) - 1;
    if (top >= bottom) return;
    now.top = top;
    now.bottom = bottom;
    this.#moveTo(0, 0);
  }

  #mode(numbers: readonly number[], on: boolean): void {
    if (!numbers.some((number) => number === 47 || number === 1047 || number === 1049)) return;
    if (on === (this.#alternate !== null)) return;
    if (this.#alternate) this.#cleared(linesOf(this.#alternate), false);
    this.#alternate = on ? this.#blank() : null;
  }
}

function blankRow(): Row {
  return { cells: [], pens: [], wraps: false };
}

function styled({ cells, pens }: Row): string {
  let text = "";
  let pen = blankPen;
  for (const [index, cell] of cells.entries()) {
    const next = pens[index] ?? blankPen;
    if (next !== pen) text += penSequence(next);
    pen = next;
    text += cell;
  }
  return pen === blankPen ? text.trimEnd() : `${text}${penSequence(blankPen)}`;
}

function lineOf(row: Row): LeftLine {
  const text = row.cells.join("");
  return { text: row.wraps ? text : text.trimEnd(), wraps: row.wraps };
}

function linesOf(buffer: Buffer): LeftLine[] {
  const lines = buffer.rows.map(lineOf);
  while (lines.at(-1)?.text === "") lines.pop();
  return lines;
}
