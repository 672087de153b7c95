import { createHash } from "node:crypto";
import { redactedBytes, type RedactFileOptions } from "../../platform/redact-file.ts";
import type { Machine } from "../../runtime/machine.ts";

export interface WrittenFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Short lines are written together, since each write costs a turn of the event loop; longer pieces
 * are cut, since they would hold it up while they are searched for secrets.
 */
const pieceBytes = 64 * 1024;

/** Writes a text aside without its secrets, renames it, and tells what was written. */
export async function writeRedacted(
  machine: Machine,
  path: string,
  pieces: AsyncIterable<string>,
  options: RedactFileOptions = {},
): Promise<WrittenFile> {
  return writeBytes(machine, path, redactedBytes(encoded(pieces), options));
}

/** Writes bytes that hold no secrets. */
export async function writeBytes(
  machine: Machine,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const counted = (async function* () {
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    for await (const piece of bytes) {
      hash.update(piece);
      sizeBytes += piece.length;
      held.push(piece);
      heldBytes += piece.length;
      if (heldBytes < pieceBytes) continue;
      yield Buffer.concat(held);
      held = [];
      heldBytes = 0;
    }
    if (heldBytes > 0) yield Buffer.concat(held);
  })();
  await machine.write(path, counted);
  return { sha256: hash.digest("hex"), sizeBytes };
}

async function* encoded(
  pieces: AsyncIterable<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes);
    }
  }
}

// oxlint-disable-next-line typescript/require-await
export async function* once(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}
