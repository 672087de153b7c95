import type { Migration } from "./migration.ts";

export const accounts: Migration = {
  version: 2,
  minReader: 1,
  minWriter: 1,
  sql: `
    ALTER TABLE sessions ADD COLUMN "account_id" TEXT;

    CREATE TABLE accounts (
      "id" TEXT PRIMARY KEY,
      "provider_id" TEXT,
      "limit" TEXT
    );
  `,
};
