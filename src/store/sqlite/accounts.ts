import type { Account } from "../../domain/account.ts";
import type { AccountReader } from "../store.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { encodeText, Table } from "./table.ts";

export const accountTable = new Table<Account>("accounts", {
  id: "text",
  providerId: "text",
  limit: "json",
});

export function accountReader(database: Database): AccountReader {
  return {
    get: (id) =>
      database.read(() => {
        if (!hasTable(database, accountTable.name)) return undefined;
        const row = database.statement(`SELECT * FROM accounts WHERE "id" = ?`).get(encodeText(id));
        return row === undefined ? undefined : accountTable.decode(row);
      }),

    list: () =>
      database.read(() => {
        if (!hasTable(database, accountTable.name)) return [];
        const rows = database.statement(`SELECT * FROM accounts ORDER BY "id"`).all();
        return rows.map((row) => accountTable.decode(row));
      }),
  };
}
