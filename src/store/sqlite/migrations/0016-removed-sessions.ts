import type { Migration } from "./migration.ts";

export const removedSessions: Migration = {
  version: 16,
  minReader: 1,
  minWriter: 1,
  sql: `
    -- what a session used counts after it was removed: a budget that is used up stays so. Its
    -- tokens stay in turn_tokens; here is when it lived, by whom and in which profile
    CREATE TABLE removed_sessions (
      "id" TEXT PRIMARY KEY,
      "provider_id" TEXT,
      "account_id" TEXT,
      "role" TEXT,
      "state" TEXT,
      "author" TEXT,
      "turn_count" INTEGER,
      "created_at" INTEGER,
      "ended_at" INTEGER,
      "timed_out_at" INTEGER,
      "resumed_at" INTEGER,
      "profile" TEXT
    ) WITHOUT ROWID;
    CREATE INDEX removed_sessions_by_end ON removed_sessions ("ended_at");
  `,
};
