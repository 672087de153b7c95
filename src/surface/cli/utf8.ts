import { readFileSync } from "node:fs";
import { AgentpoolError } from "../../domain/errors.ts";

const replacement = "\ufffd";
const shownChars = 40;
const typed = Buffer.from(replacement);

/**
 * Bytes as text, exactly, a byte order mark included. @throws invalid_input naming the first byte
 * that is no UTF-8
 */
export function decodeText(bytes: Buffer, what: string): string {
  const text = bytes.toString("utf8");
  const at = firstDamage(bytes, text);
  if (at === undefined) return text;
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, "0");
  throw new AgentpoolError("invalid_input", `${what} is no UTF-8 text`, {
    why: `The byte 0x${byte} at offset ${at} is part of no character; the agent would read another text.`,
    hint: "Convert it, for example: iconv -f LATIN1 -t UTF-8",
  });
}

/**
 * Refuses a command line with words that are no UTF-8: Node puts U+FFFD in the place of such bytes
 * and says nothing. Where the bytes cannot be read (without /proc), words are taken as they came.
 * @throws invalid_input
 */
export function refuseDamagedWords(args: readonly string[]): void {
  if (!args.some((word) => word.includes(replacement))) return;
  let line: string;
  try {
    line = readFileSync("/proc/self/cmdline", "latin1");
  } catch {
    return;
  }
  // each word ends with a zero byte; the interpreter and its flags come first
  const words = line.split("\0").slice(0, -1).slice(-args.length);
  for (const [i, word] of words.entries()) {
    const shown = args[i] ?? "";
    const start = shown.length > shownChars ? `${shown.slice(0, shownChars)}…` : shown;
    decodeText(Buffer.from(word, "latin1"), `"${start}"`);
  }
}

/** Where the bytes differ from what was decoded: at a U+FFFD that does not stand there. */
function firstDamage(bytes: Buffer, text: string): number | undefined {
  let offset = 0;
  let read = 0;
  for (let at = text.indexOf(replacement); at >= 0; at = text.indexOf(replacement, at + 1)) {
    offset += Buffer.byteLength(text.slice(read, at));
    read = at;
    const found = bytes.subarray(offset, offset + typed.length);
    if (!found.equals(typed)) return offset;
  }
  return undefined;
}
