import { isEndState, type SessionState } from "../../domain/session.ts";
import type { Database } from "./database.ts";
import { encodeText } from "./table.ts";

/**
 * Removes a session that is over, inside the caller's transaction, with every row that names it.
 * The numbers of its events are never given again, and a reader whose cursor lies below them learns
 * that it missed something. False where there is no such session, or it lives.
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
  for (const table of tablesOfSessions(database)) {
    database.statement(`DELETE FROM "${table}" WHERE "session_id" = ?`).run(id);
  }
  database.statement(`DELETE FROM sessions WHERE "id" = ?`).run(id);
  return true;
}

/** Asked of the store itself, so that a table that is added later is not forgotten here. */
function tablesOfSessions(database: Database): string[] {
  return database
    .statement(
      `SELECT m."name" AS name FROM sqlite_master AS m
       WHERE m."type" = 'table' AND m."name" <> 'event_floors' AND EXISTS (
         SELECT 1 FROM pragma_table_info(m."name") AS c WHERE c."name" = 'session_id'
       )`,
    )
    .all()
    .map((row) => String(row["name"]));
}
