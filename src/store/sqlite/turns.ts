import type { Turn } from "../../domain/turn.ts";
import type { TurnReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const turnTable = new Table<Turn>("turns", {
  id: "text",
  sessionId: "text",
  n: "number",
  state: "text",
  prompt: "text",
  author: "text",
  deliveryId: "text",
  createdAt: "number",
  startedAt: "number",
  endedAt: "number",
  result: "text",
  error: "text",
  agentTurn: "text",
  takenBy: "json",
  endedBy: "json",
  tokens: "json",
});

/** One that was cancelled before it was taken has its place where that happened. */
const takenAt = `CASE "state" WHEN 'queued' THEN 9e15 ELSE COALESCE("started_at", "ended_at") END`;

/** As a limit: no limit. */
const noLimit = -1;

export function turnReader(database: Database): TurnReader {
  return {
    get: (id) =>
      database.read(() => {
        const row = database.statement(`SELECT * FROM turns WHERE "id" = ?`).get(encodeText(id));
        return row && turnTable.decode(row);
      }),

    ofSession: (sessionId, last = noLimit) =>
      database.read(() =>
        database
          .statement(
            `SELECT * FROM turns WHERE "session_id" = ? ORDER BY ${takenAt} DESC, "n" DESC LIMIT ?`,
          )
          .all(encodeText(sessionId), last)
          .map((row) => turnTable.decode(row))
          .toReversed(),
      ),
  };
}
