import type { StoredObservation } from "../../domain/observation.ts";
import type { ObservationReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const observationTable = new Table<StoredObservation>("observations", {
  sessionId: "text",
  n: "number",
  seq: "number",
  at: "number",
  source: "text",
  ref: "text",
  foreign: "boolean",
  outcome: "text",
  claim: "json",
});

export function observationReader(database: Database): ObservationReader {
  return {
    ofSession: (sessionId, { until, limit }) =>
      database.read(() =>
        database
          .statement(
            `SELECT * FROM observations WHERE "session_id" = ? AND "at" <= ifnull(?, "at")
             ORDER BY "n" DESC LIMIT ?`,
          )
          .all(encodeText(sessionId), until ?? null, limit)
          .map((row) => observationTable.decode(row))
          .toReversed(),
      ),

    seen: (sessionId, source, ref) =>
      database.read(
        () =>
          database
            .statement(
              `SELECT 1 FROM observations WHERE "session_id" = ? AND "source" = ? AND "ref" = ?
               LIMIT 1`,
            )
            .get(encodeText(sessionId), source, encodeText(ref)) !== undefined,
      ),
  };
}

/** Stores statements of one decision; `seq` is the newest event number after it. */
export function appendObservations(
  database: Database,
  observations: readonly Omit<StoredObservation, "n" | "seq">[],
  seq: number,
): void {
  for (const observation of observations) {
    const row = database
      .statement(`SELECT max("n") AS n FROM observations WHERE "session_id" = ?`)
      .get(encodeText(observation.sessionId));
    const n = Number(row?.["n"] ?? 0) + 1;
    database
      .statement(observationTable.insertSql)
      .run(...observationTable.encode({ ...observation, n, seq }));
  }
}
