-- A store as the last version without tasks, runs and workers wrote it: two sessions and one
-- record of every other kind. Never changed: what it holds has to be read and written on for ever.
PRAGMA application_id = 1634758508;
PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
INSERT INTO meta VALUES('created_at','1234');
INSERT INTO meta VALUES('epoch','0');
INSERT INTO meta VALUES('min_reader','1');
INSERT INTO meta VALUES('min_writer','1');
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
      , "account_id" TEXT, "provider_options" TEXT DEFAULT '{}', "max_turns" INTEGER, "max_runtime_ms" INTEGER, "allowed_files" TEXT, "supervision" TEXT DEFAULT 'interactive', "account_folder" TEXT, "turns_sent" INTEGER DEFAULT 0, "timed_out_at" INTEGER);
INSERT INTO sessions VALUES('ap_000000000001',1,'starting','operation','certain','test',1800000000000,1800000000000,1800000000000,NULL,'first','fake','1.0.0',NULL,NULL,NULL,'explorer','send_after_launch','{"mode":"read_only","repoPath":"/repo","workPath":"/repo","branch":null,"baseCommit":null,"baseTree":null}','{"socket":"/run/tmux.sock","window":"@1","pane":"%1","pid":4711,"startToken":"1"}',NULL,'["hook","log"]','exact',400,'[]','person',NULL,'{"source":"operation","at":1800000000000,"because":"test","value":"alive"}',NULL,NULL,'{"source":"operation","at":1800000000000,"because":"test","value":"unknown"}',NULL,NULL,0,0,0,NULL,0,'{"source":"operation","at":1800000000000,"because":"test","value":true}',NULL,'{"sources":{},"screen":null,"level":null,"closed":null,"over":[],"tools":{}}','say hello','codex-cli:default','{}',NULL,NULL,NULL,'interactive',NULL,0,NULL);
INSERT INTO sessions VALUES('ap_000000000002',1,'starting','operation','certain','test',1800000000000,1800000000000,1800000000000,NULL,'second','fake','1.0.0',NULL,NULL,NULL,'explorer','send_after_launch','{"mode":"read_only","repoPath":"/repo","workPath":"/repo","branch":null,"baseCommit":null,"baseTree":null}','{"socket":"/run/tmux.sock","window":"@1","pane":"%1","pid":4711,"startToken":"1"}',NULL,'["hook","log"]','exact',400,'[]','person',NULL,'{"source":"operation","at":1800000000000,"because":"test","value":"alive"}',NULL,NULL,'{"source":"operation","at":1800000000000,"because":"test","value":"unknown"}',NULL,NULL,0,0,0,NULL,0,'{"source":"operation","at":1800000000000,"because":"test","value":true}',NULL,'{"sources":{},"screen":null,"level":null,"closed":null,"over":[],"tools":{}}','say hello','fake','{}',NULL,NULL,NULL,'interactive',NULL,0,NULL);
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
INSERT INTO turns VALUES('tn_1','ap_000000000001',1,'running','person','dl_1',1800000000000,1800000000000,NULL,NULL,'["hook"]','[]','{"input":10,"output":2,"cached":0,"cacheWritten":0,"models":{"m-1":{"input":10,"output":2,"cached":0,"cacheWritten":0}}}',NULL,'say hello',NULL);
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
INSERT INTO deliveries VALUES('dl_1','ap_000000000001','tn_1',NULL,1,'accepted',9,'00','pane','idle','person','sent-once','exact',0,0,NULL,NULL,1800000000000,NULL,NULL,NULL,NULL,1800000600000,'say hello');
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
INSERT INTO prompts VALUES('pr_1','ap_000000000001','tn_1','open','approval','Run npm test?','[{"label":"Yes","key":"1","role":"allow","reply":"allow"}]',0,'npm test','tool-1','{"source":"hook","address":"/spool/reply-1"}','f00','4f53cda18c2baa0c','["Run npm test?","1. Yes"]','hook',1800000000000,NULL,NULL,NULL,NULL);
CREATE TABLE artifacts (
        "id" TEXT PRIMARY KEY,
        "session_id" TEXT,
        "kind" TEXT,
        "file" TEXT,
        "sha256" TEXT,
        "size_bytes" INTEGER,
        "collected_at" INTEGER
      );
INSERT INTO artifacts VALUES('af_1','ap_000000000001','result','result.md','00',5,1800000000000);
CREATE TABLE events (
        "seq" INTEGER PRIMARY KEY,
        "session_id" TEXT,
        "at" INTEGER,
        "body" TEXT,
        "type" TEXT GENERATED ALWAYS AS (json_extract("body", '$.type')) VIRTUAL
      );
INSERT INTO events VALUES(1,'ap_000000000001',1800000000000,'{"type":"session_reachable"}');
INSERT INTO events VALUES(2,'ap_000000000002',1800000000000,'{"type":"session_reachable"}');
CREATE TABLE event_floors (
        "session_id" TEXT PRIMARY KEY,
        "through" INTEGER
      ) WITHOUT ROWID;
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
INSERT INTO observations VALUES('ap_000000000001',1,2,1800000000000,'hook','o1',0,'idle: composer visible','{"kind":"tick"}');
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
INSERT INTO transcripts VALUES('ap_000000000001',1,1800000000000,'assistant',NULL,'r1','hello');
CREATE TABLE cursors (
        "session_id" TEXT,
        "channel" TEXT,
        "offset" INTEGER,
        "memory" TEXT,
        PRIMARY KEY ("session_id", "channel")
      ) WITHOUT ROWID;
INSERT INTO cursors VALUES('ap_000000000001','log:/a',7,'{"n":1}');
CREATE TABLE accounts (
        "id" TEXT PRIMARY KEY,
        "provider_id" TEXT,
        "limit" TEXT
      );
INSERT INTO accounts VALUES('codex-cli:default','codex-cli',NULL);
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
INSERT INTO usage_snapshots VALUES('us_1','codex-cli:default','codex-cli',1800000000000,'session-log','observed',NULL,'[{"name":"5h","kind":"5h","usedPercent":45,"remainingPercent":55,"usedUnits":null,"remainingUnits":null,"resetsAt":null}]');
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
INSERT INTO leases VALUES('ls_1','agent:me',NULL,1,1800000900000,'/repo','src/a.ts','/repo/src/a.ts','exclusive','active',900000,NULL,'person','request',NULL,1800000000000,1800000000000,NULL,NULL,NULL);
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
INSERT INTO turn_tokens VALUES('tn_1','m-1','ap_000000000001','fake','codex-cli:default','person',1800000000000,10,2,0,0);
CREATE INDEX sessions_by_age ON sessions ("created_at");
CREATE INDEX sessions_by_state ON sessions ("state", "created_at");
CREATE INDEX sessions_by_provider ON sessions ("provider_id", "created_at");
CREATE INDEX sessions_by_name ON sessions ("name") WHERE "name" IS NOT NULL;
CREATE INDEX prompts_by_session ON prompts ("session_id", "opened_at");
CREATE INDEX prompts_by_state ON prompts ("state", "opened_at");
CREATE INDEX artifacts_by_session ON artifacts ("session_id", "kind", "collected_at");
CREATE INDEX events_by_session ON events ("session_id");
CREATE INDEX event_floors_by_height ON event_floors ("through");
CREATE INDEX observations_by_ref ON observations ("session_id", "source", "ref")
        WHERE "ref" IS NOT NULL;
CREATE INDEX usage_snapshots_by_source ON usage_snapshots ("account_id", "source", "at", "id");
CREATE INDEX sessions_by_conversation ON sessions ("agent_session_id")
        WHERE "agent_session_id" IS NOT NULL;
CREATE UNIQUE INDEX leases_by_token ON leases ("token");
CREATE INDEX leases_by_state ON leases ("state", "token");
CREATE INDEX leases_by_holder ON leases ("holder", "created_at");
CREATE INDEX leases_by_request ON leases ("request_key");
CREATE INDEX sessions_for_statistics ON sessions (
        "created_at", "ended_at", "provider_id", "role", "state", "account_id", "author", "id",
        "turn_count", "timed_out_at");
CREATE INDEX turns_for_statistics ON turns (
        "started_at", "ended_at", "state", "session_id");
CREATE INDEX events_for_statistics ON events ("type", "at", "session_id")
        WHERE "type" IN ('account_limited', 'account_lifted');
CREATE TRIGGER turn_tokens_of_new_turn AFTER INSERT ON turns
        WHEN NEW."tokens" IS NOT NULL
        BEGIN INSERT INTO turn_tokens ("turn_id", "model", "session_id", "provider_id", "account_id",
      "author", "at", "input", "output", "cached", "cache_written")
    SELECT "turns"."id", told.key, "turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at"), CAST(ifnull(json_extract(told.value, '$.input'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.output'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.cached'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.cacheWritten'), 0) AS INTEGER)
      FROM "turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id", json_each("turns"."tokens", '$.models') AS told WHERE json_valid("turns"."tokens") AND "turns"."id" = NEW."id"
    UNION ALL
    SELECT "turns"."id", '', "turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at"), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.input'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.input'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.output'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.output'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.cached'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.cached'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.cacheWritten'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.cacheWritten'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0))
      FROM "turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id" WHERE json_valid("turns"."tokens") AND "turns"."id" = NEW."id" AND max(0, CAST(ifnull(json_extract("turns"."tokens", '$.input'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.input'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)) + max(0, CAST(ifnull(json_extract("turns"."tokens", '$.output'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.output'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)) > 0; END;
CREATE TRIGGER turn_tokens_of_turn AFTER UPDATE OF "tokens" ON turns BEGIN
        DELETE FROM turn_tokens WHERE "turn_id" = NEW."id";
        INSERT INTO turn_tokens ("turn_id", "model", "session_id", "provider_id", "account_id",
      "author", "at", "input", "output", "cached", "cache_written")
    SELECT "turns"."id", told.key, "turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at"), CAST(ifnull(json_extract(told.value, '$.input'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.output'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.cached'), 0) AS INTEGER), CAST(ifnull(json_extract(told.value, '$.cacheWritten'), 0) AS INTEGER)
      FROM "turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id", json_each("turns"."tokens", '$.models') AS told WHERE json_valid("turns"."tokens") AND "turns"."id" = NEW."id"
    UNION ALL
    SELECT "turns"."id", '', "turns"."session_id", "sessions"."provider_id", "sessions"."account_id",
    "sessions"."author", ifnull("turns"."started_at", "turns"."created_at"), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.input'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.input'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.output'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.output'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.cached'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.cached'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)), max(0, CAST(ifnull(json_extract("turns"."tokens", '$.cacheWritten'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.cacheWritten'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0))
      FROM "turns" LEFT JOIN "sessions" ON "sessions"."id" = "turns"."session_id" WHERE json_valid("turns"."tokens") AND "turns"."id" = NEW."id" AND max(0, CAST(ifnull(json_extract("turns"."tokens", '$.input'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.input'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)) + max(0, CAST(ifnull(json_extract("turns"."tokens", '$.output'), 0) AS INTEGER) - ifnull((
      SELECT sum(CAST(ifnull(json_extract(part.value, '$.output'), 0) AS INTEGER))
      FROM json_each("turns"."tokens", '$.models') AS part), 0)) > 0;
      END;
COMMIT;
