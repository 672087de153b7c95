import type { UsageSnapshot } from "../../domain/usage.ts";
import type { UsageReader } from "../store.ts";
import type { Row } from "./connection.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { encodeText, Table } from "./table.ts";

export const usageTable = new Table<UsageSnapshot>("usage_snapshots", {
  id: "text",
  accountId: "text",
  providerId: "text",
  at: "number",
  source: "text",
  confidence: "text",
  plan: "text",
  windows: "json",
});

export function usageReader(database: Database): UsageReader {
  return {
    latest: (accountId) =>
      database.read(() => {
        if (!hasTable(database, usageTable.name)) return [];
        const only = accountId === undefined ? undefined : encodeText(accountId);
        return [...sourcesOf(database, only)]
          .map(({ account, source }) => usageTable.decode(newest(database, account, source)))
          .toSorted((a, b) => b.at - a.at);
      }),
  };
}

/**
 * Removes all but the newest of each account and source, in steps; yields after each.
 * @param bounds `keep` at least 1
 */
export function* trimUsage(
  database: Database,
  { keep, rowsPerStep }: { readonly keep: number; readonly rowsPerStep: number },
): Generator<void> {
  for (const { account, source } of sourcesOf(database)) {
    for (;;) {
      const removed = database
        .statement(
          `DELETE FROM usage_snapshots WHERE "id" IN (
             SELECT "id" FROM usage_snapshots WHERE "account_id" = ? AND "source" = ?
             ORDER BY "at" DESC, "id" DESC LIMIT ? OFFSET ?)`,
        )
        .run(account, source, rowsPerStep, Math.max(1, keep));
      yield;
      if (removed < rowsPerStep) break;
    }
  }
}

interface Place {
  /** As it is encoded in the table. */
  readonly account: string;
  readonly source: string;
}

/** Walks accounts, or one, and their sources by jumping through the index, one look-up each. */
function* sourcesOf(database: Database, only?: string): Generator<Place> {
  let [account, source] = [only ?? "", ""];
  for (;;) {
    const row = database
      .statement(
        `SELECT "account_id", "source" FROM usage_snapshots
         WHERE ("account_id", "source") > (?, ?) ORDER BY "account_id", "source" LIMIT 1`,
      )
      .get(account, source);
    if (row === undefined || (only !== undefined && row["account_id"] !== only)) return;
    [account, source] = [String(row["account_id"]), String(row["source"])];
    yield { account, source };
  }
}

function newest(database: Database, account: string, source: string): Row {
  return (
    database
      .statement(
        `SELECT * FROM usage_snapshots WHERE "account_id" = ? AND "source" = ?
         ORDER BY "at" DESC, "id" DESC LIMIT 1`,
      )
      .get(account, source) ?? {}
  );
}
