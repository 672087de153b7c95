import type { WorkerGroup } from "../../domain/worker-group.ts";
import type { WorkerGroupReader } from "../store.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";
import { readerOf } from "./table-reader.ts";

export const workerGroupTable = new Table<WorkerGroup>("worker_groups", {
  id: "text",
  version: "number",
  name: "text",
  state: "text",
  because: "text",
  providerId: "text",
  model: "text",
  effort: "text",
  profile: "text",
  instructions: "text",
  capability: "json",
  tags: "json",
  mode: "text",
  repoPath: "text",
  runId: "text",
  envNames: "json",
  rules: "json",
  seats: "json",
  lastSeat: "number",
  drains: "number",
  lastStartAt: "number",
  failedStarts: "json",
  hold: "json",
  decided: "json",
  author: "text",
  idempotencyKey: "text",
  createdAt: "number",
  updatedAt: "number",
  endedAt: "number",
});

export function workerGroupReader(database: Database): WorkerGroupReader {
  const { all, read } = readerOf(database, workerGroupTable);

  return {
    get: (id) => read(() => all(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    byIdempotencyKey: (key) =>
      read(() => all(`WHERE "idempotency_key" = ?`, encodeText(key))[0], undefined),

    resolve: (idOrName) =>
      read(() => {
        const wanted = encodeText(idOrName);
        return all(
          `WHERE "id" = ? OR "name" = ?
           ORDER BY "id" = ? DESC, "ended_at" IS NOT NULL, "created_at" DESC LIMIT 1`,
          wanted,
          wanted,
          wanted,
        )[0];
      }, undefined),

    list: ({ all: withStopped, limit }) =>
      read(
        () =>
          all(
            `${withStopped ? "" : `WHERE "ended_at" IS NULL`}
             ORDER BY "created_at" DESC, "id" DESC LIMIT ?`,
            limit,
          ),
        [],
      ),

    open: () => read(() => all(`WHERE "ended_at" IS NULL ORDER BY "created_at", "id"`), []),
  };
}
