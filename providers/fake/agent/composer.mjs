import { decode, dropLast } from "./bytes.mjs";

/** More lines than this show as a placeholder, however short they are. */
const longestPasteLines = 10;

/** The input line: what was typed and pasted and not yet submitted, byte for byte. */
export class Composer {
  /** `{bytes, pasted, soft}`: a placeholder's text, or a newline that Enter made. */
  #parts = [];

  get empty() {
    return this.#parts.length === 0;
  }

  get bytes() {
    return this.#parts.map((part) => part.bytes).join("");
  }

  addText(bytes) {
    const last = this.#parts.at(-1);
    if (last && !last.pasted && !last.soft) last.bytes += bytes;
    else this.#parts.push({ bytes });
  }

  addPaste(bytes, placeholderAbove) {
    const long = bytes.length > placeholderAbove || countLines(bytes) > longestPasteLines;
    if (long) this.#parts.push({ bytes, pasted: true });
    else if (bytes !== "") this.addText(bytes);
  }

  /** Enter that does not submit. At the end of the text it is trimmed when another Enter does. */
  addSoftNewline() {
    this.#parts.push({ bytes: "\n", soft: true });
  }

  /** A placeholder goes as a whole. */
  backspace() {
    const last = this.#parts.at(-1);
    if (!last) return;
    last.bytes = last.pasted ? "" : dropLast(last.bytes);
    if (last.bytes === "") this.#parts.pop();
  }

  /** Empties the line and gives what it held. */
  take() {
    while (this.#parts.at(-1)?.soft) this.#parts.pop();
    const { bytes } = this;
    this.#parts = [];
    return bytes;
  }

  /** As it is drawn. */
  get display() {
    return this.#parts
      .map((part) =>
        part.pasted ? `[Pasted text: ${part.bytes.length} bytes]` : decode(part.bytes),
      )
      .join("");
  }
}

function countLines(bytes) {
  return bytes.split(/\r\n|\r|\n/).length;
}
