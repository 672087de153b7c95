import { randomBytes } from "node:crypto";
import { makeId, type IdKind } from "../domain/ids.ts";

export function newId(kind: IdKind, nowMs: number): string {
  return makeId(kind, nowMs, randomBytes(8));
}
