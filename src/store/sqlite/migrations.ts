export interface Migration {
  /** `user_version` of a store that has it. */
  readonly version: number;
  /** The oldest schema version whose code may still read, and still write, the result. */
  readonly minReader: number;
  readonly minWriter: number;
  readonly sql: string;
}

/**
 * How the store came to look as it does. Only ever appended to: within one major version of
 * agentpool a migration adds, so that programs of an older version go on working beside it.
 */
export const migrations: readonly Migration[] = [
  {
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
  },
  {
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
  },
  {
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
  },
  {
    version: 4,
    minReader: 1,
    minWriter: 1,
    sql: `
      ALTER TABLE sessions ADD COLUMN "provider_options" TEXT DEFAULT '{}';
      CREATE INDEX sessions_by_conversation ON sessions ("agent_session_id")
        WHERE "agent_session_id" IS NOT NULL;
    `,
  },
  {
    version: 5,
    minReader: 1,
    minWriter: 1,
    sql: `
      ALTER TABLE sessions ADD COLUMN "max_turns" INTEGER;
      ALTER TABLE sessions ADD COLUMN "max_runtime_ms" INTEGER;
      ALTER TABLE sessions ADD COLUMN "allowed_files" TEXT;
      ALTER TABLE sessions ADD COLUMN "supervision" TEXT DEFAULT 'interactive';
      ALTER TABLE sessions ADD COLUMN "account_folder" TEXT;
      ALTER TABLE sessions ADD COLUMN "turns_sent" INTEGER DEFAULT 0;
      ALTER TABLE sessions ADD COLUMN "timed_out_at" INTEGER;
    `,
  },
  {
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
  },
  {
    version: 7,
    minReader: 1,
    minWriter: 1,
    sql: `
      -- what statistics ask for lies in the index whole, so that none reads a session or a turn
      CREATE INDEX sessions_for_statistics ON sessions (
        "created_at", "ended_at", "provider_id", "role", "state", "account_id", "author", "id",
        "turn_count", "timed_out_at");
      CREATE INDEX turns_for_statistics ON turns (
        "started_at", "ended_at", "state", "session_id");
      CREATE INDEX events_for_statistics ON events ("type", "at", "session_id")
        WHERE "type" IN ('account_limited', 'account_lifted');

      -- tokens by turn and model; '' holds those of unknown models. Triggers keep it, so that it
      -- holds whichever version writes the turn
      CREATE TABLE turn_tokens (
        "turn_id" TEXT,
        "model" TEXT,
        "session_id" TEXT,
        "provider_id" TEXT,
        "account_id" TEXT,
        "author" TEXT,
        "at" INTEGER,
        "input" INTEGER,
        "output" INTEGER,
        "cached" INTEGER,
        "cache_written" INTEGER,
        PRIMARY KEY ("turn_id", "model")
      ) WITHOUT ROWID;
      CREATE TRIGGER turn_tokens_of_new_turn AFTER INSERT ON turns
        WHEN NEW."tokens" IS NOT NULL
        BEGIN ${insertTokens('"turns"."id" = NEW."id"')}; END;
      CREATE TRIGGER turn_tokens_of_turn AFTER UPDATE OF "tokens" ON turns BEGIN
        DELETE FROM turn_tokens WHERE "turn_id" = NEW."id";
        ${insertTokens('"turns"."id" = NEW."id"')};
      END;
      ${insertTokens("true")};
    `,
  },
];

/** Fills `turn_tokens` from these turns. */
function insertTokens(which: string): string {
  const fields = ["input", "output", "cached", "cache_written"];
  const json = ["input", "output", "cached", "cacheWritten"];
  const from = (text: string, path: string): string =>
    `CAST(ifnull(json_extract(${text}, '${path}'), 0) AS INTEGER)`;
  const told = json.map((field) => from("told.value", `$.${field}`)).join(", ");
  const rest = json.map(
    (field) => `max(0, ${from(`"turns"."tokens"`, `$.${field}`)} - ifnull((
      SELECT sum(${from("part.value", `$.${field}`)})
      FROM json_each("turns"."tokens", '$.models') AS part), 0))`,
  );
  const common = `"turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at")`;
  const turns = `"turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id"`;
  const where = `json_valid("turns"."tokens") AND ${which}`;
  return `INSERT INTO turn_tokens ("turn_id", "model", "session_id", "provider_id", "account_id",
      "author", "at", ${fields.map((field) => `"${field}"`).join(", ")})
    SELECT "turns"."id", told.key, ${common}, ${told}
      FROM ${turns}, json_each("turns"."tokens", '$.models') AS told WHERE ${where}
    UNION ALL
    SELECT "turns"."id", '', ${common}, ${rest.join(", ")}
      FROM ${turns} WHERE ${where} AND ${rest[0]} + ${rest[1]} > 0`;
}
