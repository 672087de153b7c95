/** What programs tell the terminal aside from text: their title, and the bell. */
export type TerminalSignal =
  | { readonly kind: "title"; readonly title: string }
  | { readonly kind: "bell" };

export interface SignalReader {
  /** Takes the next piece of output, cut anywhere. */
  push(text: string): readonly TerminalSignal[];
  /** Forgets what it is in the middle of, after a gap. */
  reset(): void;
}

const maxTitleCharacters = 4_096;
/* oxlint-disable no-control-regex */
/** A bell, the start of a control string, or an escape of which only the first byte is here. */
const interesting = /\u0007|\u001b(?:[\]P^_Xk]|$)/;
const stringEnd = /[\u0007\u0018\u001a\u001b]/;
/* oxlint-enable no-control-regex */

/**
 * Reads OSC 0 and 2 (title) and BEL (ECMA-48, xterm's control sequences). A BEL that ends an OSC
 * is no bell, and neither is one inside another control string. Most output holds neither and is
 * passed over by two searches.
 */
export function createSignalReader(): SignalReader {
  let state: "text" | "escape" | "osc" | "string" | "string_escape" = "text";
  let inOsc = false;
  let collected = "";

  const finish = (found: TerminalSignal[]): void => {
    const match = inOsc ? /^[02];([^]*)$/.exec(collected) : null;
    if (match) found.push({ kind: "title", title: match[1] ?? "" });
    state = "text";
    collected = "";
  };
  const begin = (osc: boolean): void => {
    state = osc ? "osc" : "string";
    inOsc = osc;
    collected = "";
  };

  return {
    reset() {
      state = "text";
      collected = "";
    },
    push(text) {
      const found: TerminalSignal[] = [];
      let at = 0;
      while (at < text.length) {
        if (state === "text") {
          const next = text.slice(at).search(interesting);
          if (next < 0) break;
          at += next;
          if (text.charCodeAt(at++) === 0x1b) state = "escape";
          else found.push({ kind: "bell" });
        } else if (state === "escape") {
          const code = text.charAt(at);
          if (code === "]") begin(true);
          else if ("P^_Xk".includes(code)) begin(false);
          else if (code !== "\u001b") {
            // read again as text: a control character takes effect even inside an escape
            state = "text";
            continue;
          }
          at++;
        } else if (state === "string_escape") {
          // ESC \ ends the string; any other escape breaks it off and begins itself
          if (text.charAt(at) === "\\") {
            at++;
            finish(found);
          } else {
            state = "escape";
            collected = "";
          }
        } else {
          const next = text.slice(at).search(stringEnd);
          const end = next < 0 ? text.length : at + next;
          if (inOsc && collected.length < maxTitleCharacters) collected += text.slice(at, end);
          at = end;
          if (next < 0) break;
          const code = text.charCodeAt(at++);
          if (code === 0x1b) state = "string_escape";
          else if (code === 0x18 || code === 0x1a) {
            state = "text";
            collected = "";
          } else if (inOsc) finish(found);
        }
      }
      return found;
    },
  };
}
