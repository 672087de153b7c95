import { parseAttemptKey } from "../../domain/attempt-key.ts";
import { isEndState, type SessionState } from "../../domain/session.ts";
import { parseSeatKey } from "../../domain/worker-group.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { decodeText, encodeText } from "./table.ts";

/**
 * Removes a session that is over, inside the caller's transaction, with every row that names it.
 * The numbers of its events are never given again, and a reader whose cursor lies below them learns
 * that it missed something. What it used stays counted. False where there is no such session, or it
 * lives.
 */
export function removeSession(database: Database, sessionId: string): boolean {
  const id = encodeText(sessionId);
  const row = database.statement(`SELECT "state" FROM sessions WHERE "id" = ?`).get(id);
  if (row === undefined || !isEndState(row["state"] as SessionState)) return false;
  const newest = database
    .statement(`SELECT max("seq") AS seq FROM events WHERE "session_id" = ?`)
    .get(id)?.["seq"];
  if (newest !== null && newest !== undefined) {
    database
      .statement(
        `INSERT INTO event_floors ("session_id", "through") VALUES (?, ?)
         ON CONFLICT ("session_id") DO UPDATE SET "through" = excluded."through"`,
      )
      .run(id, newest);
  }
  keepUse(database, id);
  for (const table of tablesOfSessions(database)) {
    database.statement(`DELETE FROM "${table}" WHERE "session_id" = ?`).run(id);
  }
  database.statement(`DELETE FROM sessions WHERE "id" = ?`).run(id);
  return true;
}

/** When it lived and for whom: budgets count minutes of sessions, also by profile. */
function keepUse(database: Database, id: string): void {
  database
    .statement(
      `INSERT OR REPLACE INTO removed_sessions ("id", "provider_id", "account_id", "role", "state",
         "author", "turn_count", "created_at", "ended_at", "timed_out_at", "resumed_at", "profile")
       SELECT "id", "provider_id", "account_id", "role", "state", "author", "turn_count",
         "created_at", ifnull("ended_at", "updated_at"), "timed_out_at",
         json_extract("evidence", '$.resumed.at'), ? FROM sessions WHERE "id" = ?`,
    )
    .run(profileOf(database, id), id);
}

/** The profile of the task a session was started for, or of its group; the task may go after it. */
function profileOf(database: Database, id: string): Value {
  const stored = database
    .statement(`SELECT "idempotency_key" AS key FROM sessions WHERE "id" = ?`)
    .get(id)?.["key"];
  const key = typeof stored === "string" ? decodeText(stored) : null;
  const one = (sql: string, of: string): Value =>
    database.statement(sql).get(encodeText(of))?.["profile"] ?? null;
  const attempt = parseAttemptKey(key);
  if (attempt) {
    const sql = `SELECT json_extract("execution", '$.profile') AS profile FROM tasks WHERE "id" = ?`;
    const profile = one(sql, attempt.taskId);
    return typeof profile === "string" ? encodeText(profile) : null;
  }
  const seat = parseSeatKey(key);
  return seat ? one(`SELECT "profile" FROM worker_groups WHERE "id" = ?`, seat.groupId) : null;
}

/**
 * Asked of the store itself, so that a table that is added later is not forgotten here. What was
 * approved, and by whom, belongs to the run and stays, and so does what was used.
 */
function tablesOfSessions(database: Database): string[] {
  return database
    .statement(
      `SELECT m."name" AS name FROM sqlite_master AS m
       WHERE m."type" = 'table' AND m."name" NOT IN ('event_floors', 'approvals', 'turn_tokens')
       AND EXISTS (
         SELECT 1 FROM pragma_table_info(m."name") AS c WHERE c."name" = 'session_id'
       )`,
    )
    .all()
    .map((row) => String(row["name"]));
}
