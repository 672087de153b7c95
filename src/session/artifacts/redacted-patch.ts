import { readPieces } from "../../platform/read-pieces.ts";
import { createByteRedactor } from "../../platform/redact-file.ts";
import type { Machine } from "../../runtime/machine.ts";

/**
 * A patch without its secrets. Every line stays a line and keeps its mark, so that the patch can
 * still be read, and applied where no secret stood. Binary hunks are compressed, hold nothing
 * readable and pass as they are: a chance find in them would make the patch useless.
 */
export async function* redactedPatch(
  machine: Machine,
  path: string,
  known: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const redact = () => createByteRedactor({ known, keepLines: true });
  let redactor = redact();
  let inBinary = false;
  /** A beginning of a line that is too short to tell what it is. */
  let held = "";
  let atLineStart = true;

  /** Takes text up to `end`, which is no place within the beginning of a line. */
  function take(text: string, end: number): string {
    let out = "";
    for (let at = 0; at < end;) {
      const change = findLine(text, at, inBinary ? binaryEnd : binaryStart, atLineStart);
      const to = change < 0 || change >= end ? end : change;
      const block = text.slice(at, to);
      out += inBinary ? block : redactor.push(block);
      if (to < end && !inBinary) {
        out += redactor.end();
        redactor = redact();
      }
      if (to < end) inBinary = !inBinary;
      if (block !== "") atLineStart = block.endsWith("\n");
      at = to;
    }
    return out;
  }

  for await (const piece of readPieces(machine, path)) {
    const text = held + Buffer.from(piece).toString("latin1");
    const lineLength = text.length - (text.lastIndexOf("\n") + 1);
    const end = lineLength < binaryStart.length ? text.length - lineLength : text.length;
    held = text.slice(end);
    const out = take(text, end);
    if (out !== "") yield Buffer.from(out, "latin1");
  }
  const rest = take(held, held.length) + (inBinary ? "" : redactor.end());
  if (rest !== "") yield Buffer.from(rest, "latin1");
}

const binaryStart = "GIT binary patch\n";
const binaryEnd = "diff --git ";

/** Where the next line begins that starts so. Contents never do: they stand behind a mark. */
function findLine(text: string, from: number, start: string, atLineStart: boolean): number {
  for (let at = text.indexOf(start, from); at >= 0; at = text.indexOf(start, at + 1)) {
    if (at === 0 ? atLineStart : text[at - 1] === "\n") return at;
  }
  return -1;
}
