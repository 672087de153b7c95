import type { Value } from "./connection.ts";
import { encodeText } from "./table.ts";

/** Shorter beginnings of an id, without what all ids of its kind begin with, fit too much to be meant. */
const shortestBeginning = 4;

/**
 * What somebody means by an id or a name: the row with this id, else those whose ids begin so, else
 * those with this name that are not over, else the newest that had it.
 */
export function resolveName<R>(
  all: (tail: string, ...values: Value[]) => R[],
  idOrName: string,
  {
    idPrefix,
    open,
    newestFirst,
  }: {
    readonly idPrefix: string;
    /** Condition on rows that are not over, with the value it takes. */
    readonly open: { readonly sql: string; readonly value: string };
    readonly newestFirst: string;
  },
): R[] {
  const wanted = encodeText(idOrName);
  const exact = all(`WHERE "id" = ?`, wanted);
  if (exact.length > 0) return exact;
  const isBeginning =
    idOrName.startsWith(idPrefix) && idOrName.length >= idPrefix.length + shortestBeginning;
  const begun = isBeginning
    ? all(`WHERE "id" > ? AND "id" < ? ${newestFirst}`, wanted, `${wanted}\u{10ffff}`)
    : [];
  if (begun.length > 0) return begun;
  const named = all(`WHERE "name" = ? AND ${open.sql} ${newestFirst}`, wanted, open.value);
  return named.length > 0 ? named : all(`WHERE "name" = ? ${newestFirst} LIMIT 1`, wanted);
}
