import type { Migration } from "./migration.ts";

export const runs: Migration = {
  version: 12,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE runs (
      "id" TEXT PRIMARY KEY,
      "name" TEXT,
      "kind" TEXT,
      "state" TEXT,
      "because" TEXT,
      "spec" TEXT,
      "limits" TEXT,
      "fail_fast" INTEGER,
      "repo_path" TEXT,
      "on_event" TEXT,
      "env_names" TEXT,
      "output" TEXT,
      "author" TEXT,
      "idempotency_key" TEXT UNIQUE,
      "created_at" INTEGER,
      "started_at" INTEGER,
      "updated_at" INTEGER,
      "ended_at" INTEGER
    );
    CREATE INDEX runs_by_state ON runs ("state", "created_at");
    CREATE INDEX runs_by_age ON runs ("created_at", "id");
    CREATE INDEX runs_by_name ON runs ("name") WHERE "name" IS NOT NULL;
  `,
};
