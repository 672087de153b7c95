import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { encodeText, type Table } from "./table.ts";

export interface TableReader<R> {
  /** Whole rows; `tail` is what follows the name of the table. */
  readonly all: (tail: string, ...values: Value[]) => R[];
  /** Reads in one view of the store; `without` in one that only older versions have written. */
  readonly read: <T>(action: () => T, without: T) => Promise<T>;
  /** Up to 20 rows whose ids begin so, by their ids. */
  readonly startingWith: (prefix: string) => Promise<R[]>;
}

/** What every reader of a table begins with. */
export function readerOf<R extends object>(database: Database, table: Table<R>): TableReader<R> {
  const all: TableReader<R>["all"] = (tail, ...values) =>
    database
      .statement(`SELECT * FROM ${table.name} ${tail}`)
      .all(...values)
      .map((row) => table.decode(row));
  const read: TableReader<R>["read"] = (action, without) =>
    database.read(() => (hasTable(database, table.name) ? action() : without));
  return {
    all,
    read,
    startingWith: (prefix) => {
      const after = encodeText(`${prefix}\u{10ffff}`);
      const tail = `WHERE "id" >= ? AND "id" < ? ORDER BY "id" LIMIT 20`;
      return read(() => all(tail, encodeText(prefix), after), []);
    },
  };
}

/** The condition on rows in one of these states and of this run, where either is asked for. */
export function inStateOfRun(
  states: readonly string[] | undefined,
  runId: string | undefined,
): { readonly where: string; readonly values: readonly Value[] } {
  const parts = [
    ...(states === undefined ? [] : [`"state" IN (SELECT value FROM json_each(?))`]),
    ...(runId === undefined ? [] : [`"run_id" = ?`]),
  ];
  return {
    where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`,
    values: [
      ...(states === undefined ? [] : [JSON.stringify(states)]),
      ...(runId === undefined ? [] : [encodeText(runId)]),
    ],
  };
}
