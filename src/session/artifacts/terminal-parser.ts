/** What a terminal does with what a program writes. */
export interface TerminalTarget {
  /** Characters that are drawn. */
  print(text: string): void;
  /** One control character below blank. */
  control(code: number): void;
  /** An escape of one final character, other than CSI. */
  escape(final: string): void;
  /** A CSI sequence: private marker, numbers, final character, and the numbers as they stood. */
  csi(marker: string, numbers: readonly number[], final: string, parameters: string): void;
  title(text: string): void;
}

/** A title of a window; what is longer is a picture, or a text for the clipboard. */
const maxStringLength = 1_024;

/** Tells text from the sequences in it, however the output is cut into pieces. */
export class TerminalParser {
  readonly #target: TerminalTarget;
  #state: "text" | "escape" | "intermediate" | "csi" | "string" | "string_escape" = "text";
  #sequence = "";
  /** Which kind of string it is, by its first character. */
  #kind = "";

  constructor(target: TerminalTarget) {
    this.#target = target;
  }

  /** Takes the next characters; a sequence may go on in the next piece. */
  write(text: string): void {
    let at = 0;
    while (at < text.length) {
      if (this.#state === "text") {
        const start = at;
        while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) !== 0x7f)
          at++;
        if (at > start) this.#target.print(text.slice(start, at));
        if (at === text.length) return;
        const code = text.charCodeAt(at++);
        if (code === 0x1b) this.#state = "escape";
        else this.#target.control(code);
      } else {
        this.#step(text.charAt(at++));
      }
    }
  }

  #step(character: string): void {
    const code = character.charCodeAt(0);
    switch (this.#state) {
      case "escape":
        if (character === "[") this.#begin("csi");
        else if ("]P^_X".includes(character)) {
          this.#begin("string");
          this.#kind = character;
        } else if (code >= 0x20 && code <= 0x2f) this.#begin("intermediate");
        else {
          this.#state = "text";
          this.#target.escape(character);
        }
        return;
      case "intermediate":
        if (code < 0x20 || code > 0x2f) this.#state = "text";
        return;
      case "csi":
        if (code >= 0x40 && code <= 0x7e) {
          this.#state = "text";
          this.#csi(character);
        } else if (code === 0x1b) this.#state = "escape";
        else if (code < 0x20) this.#target.control(code);
        else if (this.#sequence.length < 64) this.#sequence += character;
        return;
      case "string":
        if (code === 0x07) this.#endString();
        else if (code === 0x1b) this.#state = "string_escape";
        else if (this.#sequence.length < maxStringLength) this.#sequence += character;
        return;
      default:
        if (character === "\\") this.#endString();
        else this.#state = "string";
    }
  }

  #begin(state: "csi" | "string" | "intermediate"): void {
    this.#state = state;
    this.#sequence = "";
  }

  #csi(final: string): void {
    const parts = /^([<-?]?)([\d;:]*)([ -/]*)$/.exec(this.#sequence);
    if (!parts || parts[3] !== "") return;
    const numbers = (parts[2] ?? "") === "" ? [] : (parts[2] ?? "").split(/[;:]/).map(Number);
    this.#target.csi(parts[1] ?? "", numbers, final, parts[2] ?? "");
  }

  #endString(): void {
    this.#state = "text";
    const title = this.#kind === "]" ? /^[02];(.*)$/s.exec(this.#sequence)?.[1] : undefined;
    if (title !== undefined) this.#target.title(title);
  }
}
