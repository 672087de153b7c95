import type { Migration } from "./migration.ts";

export const usageSnapshots: Migration = {
  version: 3,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE usage_snapshots (
      "id" TEXT PRIMARY KEY,
      "account_id" TEXT,
      "provider_id" TEXT,
      "at" INTEGER,
      "source" TEXT,
      "confidence" TEXT,
      "plan" TEXT,
      "windows" TEXT
    ) WITHOUT ROWID;
    CREATE INDEX usage_snapshots_by_source ON usage_snapshots ("account_id", "source", "at", "id");
  `,
};
