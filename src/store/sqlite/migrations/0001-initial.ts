import type { Migration } from "./migration.ts";

export const initial: Migration = {
  version: 1,
  minReader: 1,
  minWriter: 1,
  sql: `
    CREATE TABLE sessions (
      "id" TEXT PRIMARY KEY,
      "version" INTEGER,
      "state" TEXT,
      "state_source" TEXT,
      "state_confidence" TEXT,
      "state_because" TEXT,
      "state_at" INTEGER,
      "created_at" INTEGER,
      "updated_at" INTEGER,
      "ended_at" INTEGER,
      "name" TEXT,
      "provider_id" TEXT,
      "provider_version" TEXT,
      "model" TEXT,
      "reasoning_effort" TEXT,
      "service_tier" TEXT,
      "role" TEXT,
      "initial_prompt_mode" TEXT,
      "workspace" TEXT,
      "terminal" TEXT,
      "agent_session_id" TEXT,
      "channels" TEXT,
      "acceptance" TEXT,
      "idle_hold_ms" INTEGER,
      "env_names" TEXT,
      "author" TEXT,
      "idempotency_key" TEXT UNIQUE,
      "process" TEXT,
      "exit_code" INTEGER,
      "exit_signal" TEXT,
      "composer" TEXT,
      "current_turn_id" TEXT,
      "interrupting" TEXT,
      "turn_count" INTEGER,
      "last_turn_n" INTEGER,
      "last_delivery_n" INTEGER,
      "limit" TEXT,
      "background_jobs" INTEGER,
      "reachable" TEXT,
      "closing" TEXT,
      "evidence" TEXT,
      "task" TEXT
    );
    CREATE INDEX sessions_by_age ON sessions ("created_at");
    CREATE INDEX sessions_by_state ON sessions ("state", "created_at");
    CREATE INDEX sessions_by_provider ON sessions ("provider_id", "created_at");
    CREATE INDEX sessions_by_name ON sessions ("name") WHERE "name" IS NOT NULL;

    CREATE TABLE turns (
      "id" TEXT PRIMARY KEY,
      "session_id" TEXT,
      "n" INTEGER,
      "state" TEXT,
      "author" TEXT,
      "delivery_id" TEXT,
      "created_at" INTEGER,
      "started_at" INTEGER,
      "ended_at" INTEGER,
      "agent_turn" TEXT,
      "taken_by" TEXT,
      "ended_by" TEXT,
      "tokens" TEXT,
      "error" TEXT,
      "prompt" TEXT,
      "result" TEXT,
      UNIQUE ("session_id", "n")
    );

    CREATE TABLE deliveries (
      "id" TEXT PRIMARY KEY,
      "session_id" TEXT,
      "turn_id" TEXT,
      "prompt_id" TEXT,
      "n" INTEGER,
      "state" TEXT,
      "size_bytes" INTEGER,
      "sha256" TEXT,
      "via" TEXT,
      "when" TEXT,
      "author" TEXT,
      "idempotency_key" TEXT UNIQUE,
      "acceptance" TEXT,
      "enters" INTEGER,
      "pastes" INTEGER,
      "accepted_by" TEXT,
      "because" TEXT,
      "created_at" INTEGER,
      "pasted_at" INTEGER,
      "submitted_at" INTEGER,
      "accepted_at" INTEGER,
      "ended_at" INTEGER,
      "expires_at" INTEGER,
      "preview" TEXT,
      UNIQUE ("session_id", "n")
    );

    CREATE TABLE prompts (
      "id" TEXT PRIMARY KEY,
      "session_id" TEXT,
      "turn_id" TEXT,
      "state" TEXT,
      "kind" TEXT,
      "text" TEXT,
      "options" TEXT,
      "accepts_text" INTEGER,
      "subject" TEXT,
      "ref" TEXT,
      "channel" TEXT,
      "fingerprint" TEXT,
      "screen_fingerprint" TEXT,
      "screen_lines" TEXT,
      "opened_by" TEXT,
      "opened_at" INTEGER,
      "answered_at" INTEGER,
      "ended_at" INTEGER,
      "answer" TEXT,
      "because" TEXT
    );
    CREATE INDEX prompts_by_session ON prompts ("session_id", "opened_at");
    CREATE INDEX prompts_by_state ON prompts ("state", "opened_at");

    CREATE TABLE artifacts (
      "id" TEXT PRIMARY KEY,
      "session_id" TEXT,
      "kind" TEXT,
      "file" TEXT,
      "sha256" TEXT,
      "size_bytes" INTEGER,
      "collected_at" INTEGER
    );
    CREATE INDEX artifacts_by_session ON artifacts ("session_id", "kind", "collected_at");

    CREATE TABLE events (
      "seq" INTEGER PRIMARY KEY,
      "session_id" TEXT,
      "at" INTEGER,
      "body" TEXT,
      "type" TEXT GENERATED ALWAYS AS (json_extract("body", '$.type')) VIRTUAL
    );
    CREATE INDEX events_by_session ON events ("session_id");

    -- how far retention removed the events of a session; '' holds those of no session
    CREATE TABLE event_floors (
      "session_id" TEXT PRIMARY KEY,
      "through" INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX event_floors_by_height ON event_floors ("through");

    CREATE TABLE observations (
      "session_id" TEXT,
      "n" INTEGER,
      "seq" INTEGER,
      "at" INTEGER,
      "source" TEXT,
      "ref" TEXT,
      "foreign" INTEGER,
      "outcome" TEXT,
      "claim" TEXT,
      PRIMARY KEY ("session_id", "n")
    ) WITHOUT ROWID;
    CREATE INDEX observations_by_ref ON observations ("session_id", "source", "ref")
      WHERE "ref" IS NOT NULL;

    CREATE TABLE transcripts (
      "session_id" TEXT,
      "n" INTEGER,
      "at" INTEGER,
      "role" TEXT,
      "turn_id" TEXT,
      "ref" TEXT,
      "text" TEXT,
      PRIMARY KEY ("session_id", "n"),
      UNIQUE ("session_id", "ref")
    ) WITHOUT ROWID;

    CREATE TABLE cursors (
      "session_id" TEXT,
      "channel" TEXT,
      "offset" INTEGER,
      "memory" TEXT,
      PRIMARY KEY ("session_id", "channel")
    ) WITHOUT ROWID;
  `,
};
