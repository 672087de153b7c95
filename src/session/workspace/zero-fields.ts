import { readPieces } from "../../platform/read-pieces.ts";
import type { Machine } from "../../runtime/machine.ts";

/**
 * The fields of a file in which each ends with a zero byte, as git writes with `-z`. Read piece by
 * piece: a list of a hundred thousand files neither fills the memory nor holds up the event loop.
 */
export async function* zeroFields(
  machine: Machine,
  path: string,
): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of readPieces(machine, path)) {
    const bytes = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(0);
    rest = bytes.subarray(end + 1);
    if (end >= 0) yield* bytes.toString("utf8", 0, end).split("\0");
  }
  if (rest.length > 0) yield rest.toString("utf8");
}
