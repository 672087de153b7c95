import type { Artifact } from "../../domain/artifact.ts";
import type { ArtifactReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const artifactTable = new Table<Artifact>("artifacts", {
  id: "text",
  sessionId: "text",
  kind: "text",
  file: "text",
  sha256: "text",
  sizeBytes: "number",
  collectedAt: "number",
});

export function artifactReader(database: Database): ArtifactReader {
  return {
    ofSession: (sessionId) =>
      database.read(() =>
        database
          .statement(
            `SELECT * FROM (
               SELECT *, row_number() OVER (
                 PARTITION BY "kind" ORDER BY "collected_at" DESC, rowid DESC
               ) AS age
               FROM artifacts WHERE "session_id" = ?
             ) WHERE age = 1 ORDER BY "kind"`,
          )
          .all(encodeText(sessionId))
          .map((row) => artifactTable.decode(row)),
      ),
  };
}
