import type { Migration } from "./migration.ts";

export const messages: Migration = {
  version: 10,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE messages (
      "id" TEXT PRIMARY KEY,
      "n" INTEGER,
      "run_id" TEXT,
      "thread_id" TEXT,
      "sender" TEXT,
      "recipient" TEXT,
      "body" TEXT,
      "idempotency_key" TEXT UNIQUE,
      "created_at" INTEGER
    );
    CREATE UNIQUE INDEX messages_by_n ON messages ("n");
    CREATE INDEX messages_of_thread ON messages ("thread_id", "n")
      WHERE "thread_id" IS NOT NULL;
    CREATE INDEX messages_by_age ON messages ("created_at");

    CREATE TABLE threads (
      "id" TEXT PRIMARY KEY,
      "run_id" TEXT,
      "title" TEXT,
      "state" TEXT,
      "priority" TEXT,
      "author" TEXT,
      "participants" TEXT,
      "created_at" INTEGER,
      "updated_at" INTEGER
    );
    CREATE INDEX threads_by_state ON threads ("state", "updated_at");

    CREATE TABLE receipts (
      "id" TEXT PRIMARY KEY,
      "message_id" TEXT,
      "n" INTEGER,
      "participant" TEXT,
      "state" TEXT,
      "via" TEXT,
      "delivery_id" TEXT,
      "delivered_at" INTEGER,
      "acked_at" INTEGER
    );
    CREATE INDEX receipts_of_message ON receipts ("message_id");
    CREATE INDEX receipts_open ON receipts ("participant", "n")
      WHERE "state" IN ('queued', 'delivered');
    CREATE INDEX receipts_to_type ON receipts ("n") WHERE "via" = 'pane' AND "state" = 'queued';
  `,
};
