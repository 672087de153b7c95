import type { ReaderCursor } from "../../domain/decision.ts";
import type { CursorReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const cursorTable = new Table<ReaderCursor>("cursors", {
  sessionId: "text",
  channel: "text",
  offset: "number",
  memory: "json",
});

export function cursorReader(database: Database): CursorReader {
  return {
    get: (sessionId, channel) =>
      database.read(() => {
        const row = database
          .statement(`SELECT * FROM cursors WHERE "session_id" = ? AND "channel" = ?`)
          .get(encodeText(sessionId), encodeText(channel));
        return row && cursorTable.decode(row);
      }),

    ofSession: (sessionId) =>
      database.read(() =>
        database
          .statement(`SELECT * FROM cursors WHERE "session_id" = ? ORDER BY "channel"`)
          .all(encodeText(sessionId))
          .map((row) => cursorTable.decode(row)),
      ),
  };
}

export function saveCursors(database: Database, cursors: readonly ReaderCursor[]): void {
  for (const cursor of cursors) {
    database
      .statement(
        `${cursorTable.insertSql} ON CONFLICT ("session_id", "channel")
         DO UPDATE SET "offset" = excluded."offset", "memory" = excluded."memory"`,
      )
      .run(...cursorTable.encode(cursor));
  }
}
