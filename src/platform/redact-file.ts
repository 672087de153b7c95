import { readPieces, type PieceReader } from "./read-pieces.ts";
import { createRedactor, type RedactorOptions } from "./redact.ts";

/** The part of a machine this needs; see `src/runtime/machine.ts` for the promises. */
export interface FileAccess extends PieceReader {
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface RedactFileOptions extends RedactorOptions {
  /** Secret values, see `redact`. */
  readonly known?: readonly string[];
}

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
  if (!(await machine.read(from, 0, 1))) return false;
  await machine.write(to, redactedBytes(readPieces(machine, from), options));
  return true;
}

/** `redact` for a stream of bytes. */
export async function* redactedBytes(
  pieces: AsyncIterable<Uint8Array>,
  options: RedactFileOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const redactor = createByteRedactor(options);
  for await (const piece of pieces) {
    const text = redactor.push(Buffer.from(piece).toString("latin1"));
    if (text !== "") yield Buffer.from(text, "latin1");
  }
  const rest = redactor.end();
  if (rest !== "") yield Buffer.from(rest, "latin1");
}

/**
 * A redactor for bytes, one character (latin1) a byte: secrets are ASCII or `known`, and nothing
 * else may change.
 */
export function createByteRedactor(options: RedactFileOptions): ReturnType<typeof createRedactor> {
  const known = (options.known ?? []).map((value) => Buffer.from(value).toString("latin1"));
  return createRedactor(known, options);
}
