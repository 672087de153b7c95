import type { Migration } from "./migration.ts";

export const approvalsAndParticipants: Migration = {
  version: 11,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE approvals (
      "id" TEXT PRIMARY KEY,
      "kind" TEXT,
      "run_id" TEXT,
      "key" TEXT,
      "task_id" TEXT,
      "session_id" TEXT,
      "subject" TEXT,
      "body" TEXT,
      "requested_by" TEXT,
      "state" TEXT,
      "decided_by" TEXT,
      "comment" TEXT,
      "created_at" INTEGER,
      "expires_at" INTEGER,
      "decided_at" INTEGER,
      "idempotency_key" TEXT UNIQUE
    );
    CREATE UNIQUE INDEX approvals_by_key ON approvals ("run_id", "key")
      WHERE "run_id" IS NOT NULL AND "key" IS NOT NULL;
    CREATE INDEX approvals_by_state ON approvals ("state", "created_at");
    CREATE INDEX approvals_by_age ON approvals ("created_at");

    CREATE TABLE participants (
      "id" TEXT PRIMARY KEY,
      "run_id" TEXT,
      "role" TEXT,
      "note" TEXT,
      "activity" TEXT,
      "ttl_ms" INTEGER,
      "registered_at" INTEGER,
      "seen_at" INTEGER,
      "progress_at" INTEGER,
      "left_at" INTEGER
    );

    CREATE TABLE decisions (
      "id" TEXT PRIMARY KEY,
      "by" TEXT,
      "run_id" TEXT,
      "session_id" TEXT,
      "task_id" TEXT,
      "kind" TEXT,
      "decision" TEXT,
      "context" TEXT,
      "reason" TEXT,
      "at" INTEGER,
      "idempotency_key" TEXT UNIQUE
    );
  `,
};
