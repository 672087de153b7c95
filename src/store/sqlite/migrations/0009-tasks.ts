import type { Migration } from "./migration.ts";

/** What a task requires of its claimant, as one word. */
function laneOf(row: "NEW" | "OLD"): string {
  const part = (field: string): string =>
    `ifnull(json_extract(${row}."requires", '$.${field}'), '')`;
  return `${part("providerId")} || char(31) || ${part("model")} || char(31) || ${part("role")}`;
}

const ends = "'completed', 'failed', 'cancelled'";

const countClaim = `
  UPDATE tokens SET "last" = json_extract(NEW."claim", '$.token')
    WHERE "of" = 'claim' AND json_type(NEW."claim", '$.token') = 'integer'
      AND "last" < json_extract(NEW."claim", '$.token')`;

const queueTask = `
  INSERT OR REPLACE INTO task_queue
    ("run_id", "lane", "tag", "rank", "created_at", "id", "not_before")
  SELECT ifnull(NEW."run_id", ''), ${laneOf("NEW")}, tag.value,
    -ifnull(NEW."priority", 0), ifnull(NEW."created_at", 0), NEW."id", NEW."not_before"
  FROM (SELECT '' AS value
    UNION SELECT value FROM json_each(NEW."tags") WHERE typeof(value) = 'text') AS tag`;

export const tasks: Migration = {
  version: 9,
  minReader: 1,
  minWriter: 1,
  sql: `
    -- long texts stand last, so that reading the rest of a row does not pass through them
    CREATE TABLE tasks (
      "id" TEXT PRIMARY KEY,
      "run_id" TEXT,
      "key" TEXT,
      "title" TEXT,
      "priority" INTEGER,
      "tags" TEXT,
      "requires" TEXT,
      "depends_on" TEXT,
      "state" TEXT,
      "because" TEXT,
      "execution" TEXT,
      "claim" TEXT,
      "past_claim" TEXT,
      "attempt" INTEGER,
      "max_attempts" INTEGER,
      "not_before" INTEGER,
      "error" TEXT,
      "artifacts" TEXT,
      "author" TEXT,
      "idempotency_key" TEXT,
      "created_at" INTEGER,
      "updated_at" INTEGER,
      "ended_at" INTEGER,
      "result" TEXT,
      "body" TEXT
    );
    CREATE UNIQUE INDEX tasks_by_key ON tasks ("run_id", "key") WHERE "key" IS NOT NULL;
    CREATE UNIQUE INDEX tasks_by_idempotency_key ON tasks ("idempotency_key")
      WHERE "idempotency_key" IS NOT NULL;
    CREATE INDEX tasks_by_state ON tasks ("state", "created_at", "id");
    CREATE INDEX tasks_of_run ON tasks ("run_id", "state", "created_at", "id");
    CREATE INDEX tasks_by_age ON tasks ("created_at", "id");
    CREATE INDEX tasks_paused ON tasks ("not_before")
      WHERE "state" = 'pending' AND "not_before" IS NOT NULL;
    CREATE UNIQUE INDEX tasks_by_request ON tasks (json_extract("claim", '$.requestKey'))
      WHERE json_extract("claim", '$.requestKey') IS NOT NULL;

    CREATE TABLE notes (
      "id" TEXT PRIMARY KEY,
      "task_id" TEXT,
      "author" TEXT,
      "text" TEXT,
      "at" INTEGER
    );
    CREATE INDEX notes_of_task ON notes ("task_id", "at", "id");

    -- what each task still waits for
    CREATE TABLE task_waits (
      "task_id" TEXT,
      "depends_on" TEXT,
      PRIMARY KEY ("task_id", "depends_on")
    ) WITHOUT ROWID;
    CREATE INDEX task_waits_for ON task_waits ("depends_on", "task_id");
    CREATE TRIGGER task_waits_of_new_task AFTER INSERT ON tasks WHEN NEW."depends_on" <> '[]'
      BEGIN
        INSERT OR IGNORE INTO task_waits ("task_id", "depends_on")
          SELECT NEW."id", dependency.value FROM json_each(NEW."depends_on") AS dependency
          WHERE NOT EXISTS (SELECT 1 FROM tasks AS other
            WHERE other."id" = dependency.value AND other."state" = 'completed');
      END;
    CREATE TRIGGER task_waits_end AFTER UPDATE OF "state" ON tasks
      WHEN NEW."state" = 'completed'
      BEGIN DELETE FROM task_waits WHERE "depends_on" = NEW."id"; END;

    -- what may be claimed, in the order of claims: once for anybody (tag ''), and once by tag
    CREATE TABLE task_queue (
      "run_id" TEXT,
      "lane" TEXT,
      "tag" TEXT,
      "rank" INTEGER,
      "created_at" INTEGER,
      "id" TEXT,
      "not_before" INTEGER,
      PRIMARY KEY ("run_id", "lane", "tag", "rank", "created_at", "id")
    ) WITHOUT ROWID;
    CREATE TRIGGER task_queue_of_new_task AFTER INSERT ON tasks WHEN NEW."state" = 'pending'
      BEGIN ${queueTask}; END;
    CREATE TRIGGER task_queue_of_task AFTER UPDATE OF "state", "not_before" ON tasks
      WHEN OLD."state" = 'pending' OR NEW."state" = 'pending'
      BEGIN
        DELETE FROM task_queue
          WHERE "run_id" = ifnull(OLD."run_id", '') AND "lane" = ${laneOf("OLD")}
            AND "tag" IN (SELECT '' UNION SELECT value FROM json_each(OLD."tags"))
            AND "rank" = -ifnull(OLD."priority", 0)
            AND "created_at" = ifnull(OLD."created_at", 0)
            AND "id" = OLD."id";
        ${queueTask} WHERE NEW."state" = 'pending';
      END;

    -- the highest token ever given, whatever became of the task it was given for; and how often
    -- it changed which task waits for which
    CREATE TABLE tokens ("of" TEXT PRIMARY KEY, "last" INTEGER) WITHOUT ROWID;
    INSERT INTO tokens VALUES ('claim', 0), ('graph', 0);
    CREATE TRIGGER tokens_of_new_graph AFTER INSERT ON tasks WHEN NEW."depends_on" <> '[]'
      BEGIN UPDATE tokens SET "last" = "last" + 1 WHERE "of" = 'graph'; END;
    CREATE TRIGGER tokens_of_graph AFTER UPDATE OF "state" ON tasks
      WHEN (OLD."state" <> NEW."state" AND (OLD."state" IN (${ends}) OR NEW."state" IN (${ends})))
      BEGIN UPDATE tokens SET "last" = "last" + 1 WHERE "of" = 'graph'; END;
    CREATE TRIGGER tokens_of_claims AFTER UPDATE OF "claim" ON tasks
      WHEN NEW."claim" IS NOT NULL BEGIN ${countClaim}; END;
    CREATE TRIGGER tokens_of_claimed_tasks AFTER INSERT ON tasks
      WHEN NEW."claim" IS NOT NULL BEGIN ${countClaim}; END;
  `,
};
