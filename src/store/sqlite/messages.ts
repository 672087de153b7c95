import type { Message, Receipt, Thread } from "../../domain/message.ts";
import type { MessageReader, ThreadReader } from "../store.ts";
import type { Row, Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { decodeText, encodeText, Table } from "./table.ts";
import { inStateOfRun, readerOf } from "./table-reader.ts";

export const messageTable = new Table<Message>("messages", {
  id: "text",
  n: "number",
  runId: "text",
  threadId: "text",
  sender: "text",
  recipient: "json",
  body: "text",
  idempotencyKey: "text",
  createdAt: "number",
});

export const threadTable = new Table<Thread>("threads", {
  id: "text",
  runId: "text",
  title: "text",
  state: "text",
  priority: "text",
  author: "text",
  participants: "json",
  createdAt: "number",
  updatedAt: "number",
});

export const receiptTable = new Table<Receipt>("receipts", {
  id: "text",
  messageId: "text",
  n: "number",
  participant: "text",
  state: "text",
  via: "text",
  deliveryId: "text",
  deliveredAt: "number",
  ackedAt: "number",
});

const isOpen = `"state" IN ('queued', 'delivered')`;

export function messageReader(database: Database): MessageReader {
  const rows = (sql: string, values: readonly Value[]): Row[] =>
    database.statement(sql).all(...values);
  const messages = (tail: string, ...values: Value[]): Message[] =>
    rows(`SELECT * FROM messages ${tail}`, values).map((row) => messageTable.decode(row));
  const receipts = (tail: string, ...values: Value[]): Receipt[] =>
    rows(`SELECT * FROM receipts ${tail}`, values).map((row) => receiptTable.decode(row));
  const { read } = readerOf(database, messageTable);
  const withMessages = (found: readonly Receipt[]): { message: Message; receipt: Receipt }[] =>
    found.flatMap((receipt) =>
      messages(`WHERE "id" = ?`, encodeText(receipt.messageId)).map((message) => ({
        message,
        receipt,
      })),
    );

  return {
    last: () => read(() => lastMessage(database), 0),

    get: (id) => read(() => messages(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    receipt: (id) => read(() => receipts(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    byIdempotencyKey: (key) =>
      read(() => messages(`WHERE "idempotency_key" = ?`, encodeText(key))[0], undefined),

    inbox: (participant, limit) =>
      read(
        () =>
          withMessages(
            receipts(
              `WHERE "participant" = ? AND ${isOpen} ORDER BY "n" LIMIT ?`,
              encodeText(participant),
              limit,
            ),
          ),
        [],
      ),

    countOpen: (participant) =>
      read(
        () =>
          Number(
            database
              .statement(`SELECT count(*) AS n FROM receipts WHERE "participant" = ? AND ${isOpen}`)
              .get(encodeText(participant))?.["n"],
          ),
        0,
      ),

    openReceipts: (participant, through) =>
      read(
        () =>
          receipts(
            `WHERE "participant" = ? AND ${isOpen} AND "n" <= ? ORDER BY "n"`,
            encodeText(participant),
            through,
          ),
        [],
      ),

    receiptsOf: (messageId) =>
      read(() => receipts(`WHERE "message_id" = ? ORDER BY "id"`, encodeText(messageId)), []),

    toType: () =>
      read(
        () => withMessages(receipts(`WHERE "via" = 'pane' AND "state" = 'queued' ORDER BY "n"`)),
        [],
      ),

    ofThread: (threadId, after, limit) =>
      read(
        () =>
          messages(
            `WHERE "thread_id" = ? AND "n" > ? ORDER BY "n" LIMIT ?`,
            encodeText(threadId),
            after,
            limit,
          ),
        [],
      ),

    history: ({ participant, runId, limit }) =>
      read(
        () =>
          messages(
            `WHERE "run_id" IS ? AND (
               json_extract("recipient", '$.to') <> 'participant'
               OR json_extract("recipient", '$.name') = ? OR "sender" = ?)
             ORDER BY "n" DESC LIMIT ?`,
            runId === null ? null : encodeText(runId),
            participant,
            encodeText(participant),
            limit,
          ).toReversed(),
        [],
      ),
  };
}

export function threadReader(database: Database): ThreadReader {
  const { all, read, startingWith } = readerOf(database, threadTable);
  return {
    get: (id) => read(() => all(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    startingWith,

    list: ({ states, runId, limit }) => {
      const { where, values } = inStateOfRun(states, runId);
      return read(
        () =>
          all(
            `${where}
             ORDER BY CASE "priority" WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END,
               "updated_at" DESC, "id" DESC LIMIT ?`,
            ...values,
            limit,
          ),
        [],
      );
    },
  };
}

export function lastMessage(database: Database): number {
  return Number(database.statement(`SELECT max("n") AS last FROM messages`).get()?.["last"] ?? 0);
}

/**
 * Removes messages older than that which everybody acknowledged who still is in the store, in steps;
 * yields after each. The newest number stays known.
 */
export function* trimMessages(
  database: Database,
  { sentBefore, rowsPerStep }: { readonly sentBefore: number; readonly rowsPerStep: number },
): Generator<readonly string[]> {
  for (;;) {
    const due = database
      .statement(`SELECT "id" FROM messages WHERE ${isOld} LIMIT ?`)
      .all(sentBefore, lastMessage(database), rowsPerStep);
    for (const { id } of due) {
      database.statement(`DELETE FROM receipts WHERE "message_id" = ?`).run(id as Value);
      database.statement(`DELETE FROM messages WHERE "id" = ?`).run(id as Value);
    }
    yield due.map(({ id }) => decodeText(String(id)));
    if (due.length < rowsPerStep) return;
  }
}

/** How many `trimMessages` would remove. */
export function countOldMessages(database: Database, sentBefore: number): number {
  const row = database
    .statement(`SELECT count(*) AS n FROM messages WHERE ${isOld}`)
    .get(sentBefore, lastMessage(database));
  return Number(row?.["n"]);
}

/** Nobody who is there has still to acknowledge it, and its thread is resolved. */
const isOld = `"created_at" < ? AND "n" < ?
  AND NOT EXISTS (SELECT 1 FROM receipts
    WHERE "message_id" = messages."id" AND ${isOpen}
      AND ("participant" NOT LIKE 'session:%' OR EXISTS (
        SELECT 1 FROM sessions WHERE 'session:' || sessions."id" = "participant")))
  AND NOT EXISTS (SELECT 1 FROM threads
    WHERE threads."id" = messages."thread_id" AND "state" <> 'resolved')`;
