import { createRedactor, type RedactorOptions } from "./redact.ts";

/** The part of a machine this needs; see `src/runtime/machine.ts` for the promises. */
export interface FileAccess {
  read(path: string, offset: number, maxBytes: number): Promise<Uint8Array | undefined>;
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface RedactFileOptions extends RedactorOptions {
  /** Secret values, see `redact`. */
  readonly known?: readonly string[];
}

/** Small enough that one piece takes the event loop for a few milliseconds at most. */
const pieceBytes = 64 * 1024;

/**
 * Copies a file without its secrets; `to` may be `from`. Bytes outside of secrets stay as they
 * are, whatever their encoding. Memory does not grow with the file. Returns false, having written
 * nothing, when there is no such file.
 */
export async function redactFile(
  machine: FileAccess,
  from: string,
  to: string,
  options: RedactFileOptions = {},
): Promise<boolean> {
  const first = await machine.read(from, 0, pieceBytes);
  if (!first) return false;
  await machine.write(to, redactedBytes(readOn(machine, from, first), options));
  return true;
}

/** `redact` for a stream of bytes. */
export async function* redactedBytes(
  pieces: AsyncIterable<Uint8Array>,
  options: RedactFileOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  // one character a byte: secrets are ASCII or `known`, and nothing else may change
  const known = (options.known ?? []).map((value) => Buffer.from(value).toString("latin1"));
  const redactor = createRedactor(known, options);
  for await (const piece of pieces) {
    const text = redactor.push(Buffer.from(piece).toString("latin1"));
    if (text !== "") yield Buffer.from(text, "latin1");
  }
  const rest = redactor.end();
  if (rest !== "") yield Buffer.from(rest, "latin1");
}

async function* readOn(
  machine: FileAccess,
  path: string,
  first: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0;
  for (let piece: Uint8Array | undefined = first; piece && piece.length > 0;) {
    yield piece;
    offset += piece.length;
    piece = await machine.read(path, offset, pieceBytes);
  }
}
