import { idPrefixes } from "../../domain/ids.ts";
import { openRunStates, type Run } from "../../domain/run.ts";
import type { RunReader } from "../store.ts";
import type { Database } from "./database.ts";
import { resolveName } from "./resolve-name.ts";
import { encodeText, Table } from "./table.ts";
import { readerOf } from "./table-reader.ts";

export const runTable = new Table<Run>("runs", {
  id: "text",
  name: "text",
  kind: "text",
  state: "text",
  because: "text",
  spec: "json",
  limits: "json",
  failFast: "boolean",
  repoPath: "text",
  onEvent: "text",
  envNames: "json",
  output: "text",
  author: "text",
  idempotencyKey: "text",
  createdAt: "number",
  startedAt: "number",
  updatedAt: "number",
  endedAt: "number",
});

const isOpen = `"state" IN (SELECT value FROM json_each(?))`;
const openStates = JSON.stringify(openRunStates);
const newestFirst = `ORDER BY "created_at" DESC, "id" DESC`;

export function runReader(database: Database): RunReader {
  const { all, read } = readerOf(database, runTable);

  return {
    get: (id) => read(() => all(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    byIdempotencyKey: (key) =>
      read(() => all(`WHERE "idempotency_key" = ?`, encodeText(key))[0], undefined),

    resolve: (idOrName) =>
      read(() => {
        if (idOrName === "@last") return all(`${newestFirst} LIMIT 1`);
        return resolveName(all, idOrName, {
          idPrefix: idPrefixes.run,
          open: { sql: isOpen, value: openStates },
          newestFirst,
        });
      }, []),

    list: (filter) =>
      read(() => {
        const where = [
          ...(filter.all ? [] : [isOpen]),
          ...(filter.kind === undefined ? [] : [`"kind" = ?`]),
        ];
        const values = [
          ...(filter.all ? [] : [openStates]),
          ...(filter.kind === undefined ? [] : [encodeText(filter.kind)]),
        ];
        const tail = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
        return all(`${tail} ${newestFirst} LIMIT ?`, ...values, filter.limit);
      }, []),

    open: () => read(() => all(`WHERE ${isOpen} ORDER BY "created_at", "id"`, openStates), []),
  };
}
