import type { Migration } from "./migration.ts";

export const leases: Migration = {
  version: 6,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE leases (
      "id" TEXT PRIMARY KEY,
      "holder" TEXT,
      "session_id" TEXT,
      "token" INTEGER,
      "expires_at" INTEGER,
      "repo_path" TEXT,
      "file_path" TEXT,
      "key" TEXT,
      "mode" TEXT,
      "state" TEXT,
      "ttl_ms" INTEGER,
      "intent" TEXT,
      "author" TEXT,
      "request_key" TEXT,
      "waits_until" INTEGER,
      "created_at" INTEGER,
      "granted_at" INTEGER,
      "renewed_at" INTEGER,
      "ended_at" INTEGER,
      "because" TEXT
    );
    CREATE UNIQUE INDEX leases_by_token ON leases ("token");
    CREATE INDEX leases_by_state ON leases ("state", "token");
    CREATE INDEX leases_by_holder ON leases ("holder", "created_at");
    CREATE INDEX leases_by_request ON leases ("request_key");
  `,
};
