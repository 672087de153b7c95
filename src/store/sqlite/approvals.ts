import type { Approval } from "../../domain/approval.ts";
import type { ApprovalReader } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";
import { inStateOfRun, readerOf } from "./table-reader.ts";

export const approvalTable = new Table<Approval>("approvals", {
  id: "text",
  kind: "text",
  runId: "text",
  key: "text",
  taskId: "text",
  sessionId: "text",
  subject: "text",
  body: "text",
  requestedBy: "text",
  state: "text",
  decidedBy: "text",
  comment: "text",
  createdAt: "number",
  expiresAt: "number",
  decidedAt: "number",
  idempotencyKey: "text",
});

export function approvalReader(database: Database): ApprovalReader {
  const { all, read, startingWith } = readerOf(database, approvalTable);
  const one = (tail: string, ...values: Value[]): Promise<Approval | undefined> =>
    read(() => all(tail, ...values)[0], undefined);

  return {
    get: (id) => one(`WHERE "id" = ?`, encodeText(id)),

    startingWith,

    byIdempotencyKey: (key) => one(`WHERE "idempotency_key" = ?`, encodeText(key)),

    byKey: (runId, key) =>
      one(`WHERE "run_id" = ? AND "key" = ?`, encodeText(runId), encodeText(key)),

    ofRun: (runId) =>
      read(() => all(`WHERE "run_id" = ? ORDER BY "created_at", "id"`, encodeText(runId)), []),

    pending: () => read(() => all(`WHERE "state" = 'pending' ORDER BY "created_at", "id"`), []),

    list: ({ states, runId, limit }) => {
      const { where, values } = inStateOfRun(states, runId);
      const tail = `${where} ORDER BY "created_at" DESC, "id" DESC LIMIT ?`;
      return read(() => all(tail, ...values, limit), []);
    },
  };
}
