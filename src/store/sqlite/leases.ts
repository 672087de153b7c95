import type { Lease } from "../../domain/lease.ts";
import type { LeaseReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";
import { readerOf } from "./table-reader.ts";

export const leaseTable = new Table<Lease>("leases", {
  id: "text",
  holder: "text",
  sessionId: "text",
  token: "number",
  expiresAt: "number",
  repoPath: "text",
  filePath: "text",
  key: "text",
  mode: "text",
  state: "text",
  ttlMs: "number",
  intent: "text",
  author: "text",
  requestKey: "text",
  waitsUntil: "number",
  createdAt: "number",
  grantedAt: "number",
  renewedAt: "number",
  endedAt: "number",
  because: "text",
});

const isOpen = `"state" IN ('active', 'waiting')`;

export function leaseReader(database: Database): LeaseReader {
  const { all, read } = readerOf(database, leaseTable);

  return {
    get: (id) => read(() => all(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    book: () =>
      read(
        () => ({
          leases: all(`WHERE ${isOpen} ORDER BY "token"`),
          lastToken: lastLeaseToken(database),
        }),
        { leases: [], lastToken: 0 },
      ),

    byRequest: (requestKey) =>
      read(() => all(`WHERE "request_key" = ? ORDER BY "token"`, encodeText(requestKey)), []),

    list: (filter) => {
      const where = [
        ...(filter.all ? [] : [isOpen]),
        ...(filter.holder === undefined ? [] : [`"holder" = ?`]),
      ];
      const tail = `${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`}
        ORDER BY "created_at" DESC, "token" DESC LIMIT ?`;
      const values = filter.holder === undefined ? [] : [encodeText(filter.holder)];
      return read(() => all(tail, ...values, filter.limit), []);
    },
  };
}

export function lastLeaseToken(database: Database): number {
  return Number(database.statement(`SELECT max("token") AS last FROM leases`).get()?.["last"] ?? 0);
}

/** Removes leases that ended before, in steps; yields after each. The newest token stays known. */
export function* trimLeases(
  database: Database,
  { endedBefore, rowsPerStep }: { readonly endedBefore: number; readonly rowsPerStep: number },
): Generator<void> {
  for (;;) {
    const removed = database
      .statement(
        `DELETE FROM leases WHERE "id" IN (
           SELECT "id" FROM leases WHERE NOT ${isOpen} AND "ended_at" < ? AND "token" < ?
           LIMIT ?)`,
      )
      .run(endedBefore, lastLeaseToken(database), rowsPerStep);
    yield;
    if (removed < rowsPerStep) return;
  }
}
