import type { Migration } from "./migration.ts";

export const workerGroups: Migration = {
  version: 14,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE worker_groups (
      "id" TEXT PRIMARY KEY,
      "version" INTEGER,
      "name" TEXT,
      "state" TEXT,
      "because" TEXT,
      "provider_id" TEXT,
      "model" TEXT,
      "effort" TEXT,
      "profile" TEXT,
      "instructions" TEXT,
      "capability" TEXT,
      "tags" TEXT,
      "mode" TEXT,
      "repo_path" TEXT,
      "run_id" TEXT,
      "env_names" TEXT,
      "rules" TEXT,
      "seats" TEXT,
      "last_seat" INTEGER,
      "drains" INTEGER,
      "last_start_at" INTEGER,
      "failed_starts" TEXT,
      "hold" TEXT,
      "decided" TEXT,
      "author" TEXT,
      "idempotency_key" TEXT UNIQUE,
      "created_at" INTEGER,
      "updated_at" INTEGER,
      "ended_at" INTEGER
    );
    CREATE INDEX worker_groups_by_name ON worker_groups ("name");
    CREATE INDEX worker_groups_open ON worker_groups ("created_at", "id")
      WHERE "ended_at" IS NULL;
  `,
};
