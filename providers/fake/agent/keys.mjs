/**
 * Reads what a terminal sends: keys, text and bracketed pastes, however the bytes are cut into
 * chunks. Bytes are strings of one character a byte. Pure but for the memory of unfinished input.
 *
 * Events: `{kind: "text", bytes}`, `{kind: "paste", bytes}` and `{kind: "key", name}` with the
 * names enter, newline (Shift/Alt-Enter, Ctrl-J), escape, backspace, tab, up, down, focus-in,
 * focus-out, other, and ctrl-<letter>.
 */
export class KeyReader {
  #rest = "";
  /** Contents of the open bracket, null outside. */
  #paste = null;

  /** Takes a chunk and gives the events that are complete. */
  push(chunk) {
    const events = [];
    let input = this.#rest + chunk;
    this.#rest = "";
    while (input !== "") {
      const taken = this.#paste === null ? this.#key(input, events) : this.#bracket(input, events);
      if (taken === 0) {
        this.#rest = input;
        break;
      }
      input = input.slice(taken);
    }
    return events;
  }

  /** True while a lone Escape waits for what may belong to it. */
  get pending() {
    return this.#rest !== "" && this.#paste === null;
  }

  /** Nothing followed: what waits was the Escape key itself. */
  flush() {
    if (!this.pending) return [];
    const rest = this.#rest.slice(1);
    this.#rest = "";
    return [{ kind: "key", name: "escape" }, ...(rest === "" ? [] : this.push(rest))];
  }

  #bracket(input, events) {
    const end = input.indexOf(pasteEnd);
    if (end >= 0) {
      events.push({ kind: "paste", bytes: this.#paste + input.slice(0, end) });
      this.#paste = null;
      return end + pasteEnd.length;
    }
    let keep = Math.min(pasteEnd.length - 1, input.length);
    while (keep > 0 && !pasteEnd.startsWith(input.slice(-keep))) keep--;
    this.#paste += input.slice(0, input.length - keep);
    return input.length - keep;
  }

  #key(input, events) {
    const text = /^[\x20-\x7e\x80-\xff]+/.exec(input);
    if (text) {
      events.push({ kind: "text", bytes: text[0] });
      return text[0].length;
    }
    if (input[0] !== escape) {
      events.push({ kind: "key", name: controlName(input.charCodeAt(0)) });
      return 1;
    }
    const after = input.slice(1);
    const sequence = /^(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/.exec(after)?.[0];
    if (sequence !== undefined) {
      if (sequence === pasteStart) this.#paste = "";
      else events.push({ kind: "key", name: sequenceNames[sequence] ?? "other" });
      return 1 + sequence.length;
    }
    if (/^(?:\[[0-?]*[ -/]*|O)?$/.test(after)) return 0;
    // Alt with a key arrives as Escape and that key in one go
    const alt = after[0] === "\r" || after[0] === "\n";
    events.push({ kind: "key", name: alt ? "newline" : "escape" });
    return alt ? 2 : 1;
  }
}

const escape = "\x1b";
const pasteStart = "[200~";
const pasteEnd = "\x1b[201~";

const sequenceNames = {
  "[A": "up",
  "[B": "down",
  OA: "up",
  OB: "down",
  "[I": "focus-in",
  "[O": "focus-out",
  "[13;2u": "newline",
  "[27;2;13~": "newline",
};

function controlName(code) {
  if (code === 0x0d) return "enter";
  if (code === 0x0a) return "newline";
  if (code === 0x09) return "tab";
  if (code === 0x7f || code === 0x08) return "backspace";
  return code === 0 ? "other" : `ctrl-${String.fromCharCode(code + 0x60)}`;
}
