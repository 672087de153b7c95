import type { LoggedDecision } from "../../domain/logged-decision.ts";
import type { Participant } from "../../domain/participant.ts";
import type { LoggedDecisionReader, ParticipantReader } from "../store.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { encodeText, Table } from "./table.ts";
import { readerOf } from "./table-reader.ts";

export const participantTable = new Table<Participant>("participants", {
  id: "text",
  runId: "text",
  role: "text",
  note: "text",
  activity: "text",
  ttlMs: "number",
  registeredAt: "number",
  seenAt: "number",
  progressAt: "number",
  leftAt: "number",
});

export const loggedDecisionTable = new Table<LoggedDecision>("decisions", {
  id: "text",
  by: "text",
  runId: "text",
  sessionId: "text",
  taskId: "text",
  kind: "text",
  decision: "text",
  context: "text",
  reason: "text",
  at: "number",
  idempotencyKey: "text",
});

export function participantReader(database: Database): ParticipantReader {
  const { read } = readerOf(database, participantTable);
  return {
    get: (id) =>
      read(() => {
        const row = database
          .statement(`SELECT * FROM participants WHERE "id" = ?`)
          .get(encodeText(id));
        return row && participantTable.decode(row);
      }, undefined),

    list: () =>
      read(
        () =>
          database
            .statement(`SELECT * FROM participants ORDER BY "id"`)
            .all()
            .map((row) => participantTable.decode(row)),
        [],
      ),
  };
}

export function loggedDecisionReader(database: Database): LoggedDecisionReader {
  const one = (where: string, value: string): Promise<LoggedDecision | undefined> =>
    database.read(() => {
      if (!hasTable(database, loggedDecisionTable.name)) return undefined;
      const sql = `SELECT * FROM decisions WHERE ${where} = ?`;
      const row = database.statement(sql).get(encodeText(value));
      return row && loggedDecisionTable.decode(row);
    });
  return {
    get: (id) => one(`"id"`, id),
    byIdempotencyKey: (key) => one(`"idempotency_key"`, key),
  };
}
