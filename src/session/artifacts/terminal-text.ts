import { StringDecoder } from "node:string_decoder";
import { TerminalParser } from "./terminal-parser.ts";
import { TerminalScreen, type LeftLine } from "./terminal-screen.ts";

/** Empty lines in a row that are kept. */
const maxEmptyLines = 1;
/** A screen that is drawn anew is compared with so many lines that left before. */
const maxRemembered = 50_000;
/** How far ahead a line is looked for when a reprint leaves some out. */
const reprintWindow = 400;

/**
 * Turns what a pane wrote into text a person can read: what was overwritten is gone, what was
 * drawn repeatedly stands once. A line is given out when it left the screen; what is still on
 * screen may change and comes with `rest`. A full-screen program that repaints without scrolling
 * leaves its last page and those it cleared, not what it overwrote in between.
 */
export class TerminalText {
  readonly #screen: TerminalScreen;
  readonly #parser: TerminalParser;
  readonly #decoder = new StringDecoder("utf8");
  #out = "";
  #carried = "";
  #emptyLines = 0;
  /** Hashes of the lines given out, to know them again in a reprint. */
  readonly #given: number[] = [];
  /** Where in `given` a reprint is at; null while everything is new. */
  #reprint: number | null = null;
  #page: readonly string[] = [];

  constructor(size: { readonly cols: number; readonly rows: number }) {
    this.#screen = new TerminalScreen({
      ...size,
      left: (line) => this.#leave(line),
      cleared: (lines, scrollback) => this.#clear(lines, scrollback),
    });
    this.#parser = new TerminalParser(this.#screen);
  }

  /** Takes the next bytes; gives the lines that became final, each with its line end. */
  write(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#parser.write(this.#decoder.write(buffer));
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /** What stands on screen now, as text behind everything given out. Changes nothing. */
  rest(): string {
    const lines = join(this.#screen.lines());
    lines[0] = this.#carried + (lines[0] ?? "");
    let reprint = this.#reprint;
    const fresh = this.#freshLines(lines).filter((text) => {
      reprint = reprint === null ? null : this.#findReprint(text, reprint);
      return reprint === null;
    });
    const text = fresh.join("\n").replace(/\n{3,}/g, "\n\n");
    return text.trim() === "" ? "" : `${text}\n`;
  }

  #leave(line: LeftLine): void {
    if (line.wraps) {
      this.#carried += line.text;
      return;
    }
    this.#give(this.#carried + line.text);
    this.#carried = "";
  }

  /** A page that is cleared away. */
  #clear(lines: readonly LeftLine[], scrollback: boolean): void {
    const page = join(lines);
    if (page.length > 0) {
      page[0] = this.#carried + (page[0] ?? "");
      this.#carried = "";
      for (const text of this.#freshLines(page)) this.#give(text);
      this.#page = page;
    }
    // a program that wipes the history too is about to print everything once more
    if (scrollback) this.#reprint = 0;
  }

  /** A page that is mostly the one cleared before it is that page drawn anew, with changes. */
  #freshLines(page: readonly string[]): readonly string[] {
    const changed = page.filter((text, row) => text !== this.#page[row]);
    return changed.length * 2 >= page.length ? page : changed;
  }

  #give(text: string): void {
    if (this.#reprint !== null) {
      this.#reprint = this.#findReprint(text, this.#reprint);
      if (this.#reprint !== null) return;
    }
    this.#emptyLines = text === "" ? this.#emptyLines + 1 : 0;
    if (this.#emptyLines > maxEmptyLines) return;
    this.#out += `${text}\n`;
    if (this.#given.length < maxRemembered) this.#given.push(hash(text));
  }

  /** Where a reprint goes on behind this line; null when the line is new. */
  #findReprint(text: string, from: number): number | null {
    if (text === "") return from;
    const at = this.#given.indexOf(hash(text), from);
    return at < 0 || at - from > reprintWindow ? null : at + 1;
  }
}

/** Lines with those put together again that the terminal broke. */
function join(lines: readonly LeftLine[]): string[] {
  const joined: string[] = [];
  let carried = "";
  for (const { text, wraps } of lines) {
    carried += text;
    if (wraps) continue;
    joined.push(carried);
    carried = "";
  }
  if (carried !== "") joined.push(carried);
  return joined;
}

/** FNV-1a; a line taken for another one is only left out of a reprint. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return value | 0;
}
