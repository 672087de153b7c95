import type { TranscriptEntry } from "../../domain/transcript.ts";
import type { TranscriptReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const transcriptTable = new Table<TranscriptEntry>("transcripts", {
  sessionId: "text",
  n: "number",
  at: "number",
  role: "text",
  text: "text",
  ref: "text",
  turnId: "text",
});

export function transcriptReader(database: Database): TranscriptReader {
  return {
    ofSession: (sessionId, after, limit) =>
      database.read(() =>
        database
          .statement(
            `SELECT * FROM transcripts WHERE "session_id" = ? AND "n" > ? ORDER BY "n" LIMIT ?`,
          )
          .all(encodeText(sessionId), after, limit)
          .map((row) => transcriptTable.decode(row)),
      ),
  };
}

/** Appends lines whose `ref` the session does not have yet, numbered without gaps. */
export function appendTranscript(
  database: Database,
  entries: readonly Omit<TranscriptEntry, "n">[],
): void {
  for (const entry of entries) {
    const row = database
      .statement(`SELECT max("n") AS n FROM transcripts WHERE "session_id" = ?`)
      .get(encodeText(entry.sessionId));
    const n = Number(row?.["n"] ?? 0) + 1;
    database
      .statement(`${transcriptTable.insertSql} ON CONFLICT ("session_id", "ref") DO NOTHING`)
      .run(...transcriptTable.encode({ ...entry, n }));
  }
}
