import type { Prompt } from "../../domain/prompt.ts";
import type { PromptReader } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const promptTable = new Table<Prompt>("prompts", {
  id: "text",
  sessionId: "text",
  turnId: "text",
  state: "text",
  kind: "text",
  text: "text",
  options: "json",
  acceptsText: "boolean",
  subject: "text",
  ref: "text",
  channel: "json",
  fingerprint: "text",
  screenFingerprint: "text",
  screenLines: "json",
  openedBy: "text",
  openedAt: "number",
  answeredAt: "number",
  endedAt: "number",
  answer: "json",
  because: "text",
});

const isOpen = `"state" IN ('open', 'answer_unconfirmed')`;
const oldestFirst = `ORDER BY "opened_at", rowid`;

export function promptReader(database: Database): PromptReader {
  const all = (tail: string, ...values: Value[]): Prompt[] =>
    database
      .statement(`SELECT * FROM prompts ${tail}`)
      .all(...values)
      .map((row) => promptTable.decode(row));

  return {
    get: (id) => database.read(() => all(`WHERE "id" = ?`, encodeText(id))[0]),

    open: (sessionId) =>
      database.read(() =>
        sessionId === undefined
          ? all(`WHERE ${isOpen} ${oldestFirst}`)
          : all(`WHERE "session_id" = ? AND ${isOpen} ${oldestFirst}`, encodeText(sessionId)),
      ),

    ofSession: (sessionId) =>
      database.read(() => all(`WHERE "session_id" = ? ${oldestFirst}`, encodeText(sessionId))),
  };
}
