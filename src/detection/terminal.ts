import type { Screen } from "../provider/read-screen.ts";
import { TerminalParser } from "../session/artifacts/terminal-parser.ts";
import { TerminalScreen } from "../session/artifacts/terminal-screen.ts";

/** A terminal of a given size that is written to, and what it shows. */
export class Terminal {
  readonly #screen: TerminalScreen;
  readonly #parser: TerminalParser;

  constructor(size: { readonly cols: number; readonly rows: number }) {
    this.#screen = new TerminalScreen({ ...size, left: () => undefined, cleared: () => undefined });
    this.#parser = new TerminalParser(this.#screen);
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#screen.resize(cols, rows);
  }

  get screen(): Screen {
    return { lines: this.#screen.styledRows(), title: this.#screen.windowTitle };
  }

  /** Counted from 0. */
  get cursor(): { readonly x: number; readonly y: number } {
    return this.#screen.cursor;
  }
}
