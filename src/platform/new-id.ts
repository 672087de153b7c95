import { randomBytes } from "node:crypto";
import { makeId, type IdKind } from "../domain/ids.ts";

let last = { ms: -1, tail: 0 };

/** An id of `makeId`. Those this process makes in one millisecond sort in the order it made them. */
export function newId(kind: IdKind, nowMs: number): string {
  const random = randomBytes(8);
  if (kind === "session") return makeId(kind, nowMs, random);
  // half of what fits is left for those that follow in the same millisecond
  const tail =
    nowMs === last.ms
      ? last.tail + 1 + random.readUInt16BE(5)
      : Math.floor(random.readUIntBE(0, 5) / 2);
  last = { ms: nowMs, tail };
  const digits = new Uint8Array(8);
  for (let rest = tail, i = 7; i >= 0; i--, rest = Math.floor(rest / 32)) digits[i] = rest % 32;
  return makeId(kind, nowMs, digits);
}
