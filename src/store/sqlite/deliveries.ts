import { deliveryStates, type Delivery } from "../../domain/delivery.ts";
import type { DeliveryReader } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { encodeText, Table } from "./table.ts";

export const deliveryTable = new Table<Delivery>("deliveries", {
  id: "text",
  sessionId: "text",
  turnId: "text",
  promptId: "text",
  n: "number",
  state: "text",
  preview: "text",
  sizeBytes: "number",
  sha256: "text",
  via: "text",
  when: "text",
  author: "text",
  idempotencyKey: "text",
  acceptance: "text",
  enters: "number",
  pastes: "number",
  acceptedBy: "text",
  because: "text",
  createdAt: "number",
  pastedAt: "number",
  submittedAt: "number",
  acceptedAt: "number",
  endedAt: "number",
  expiresAt: "number",
});

export function deliveryReader(database: Database): DeliveryReader {
  const all = (tail: string, ...values: Value[]): Delivery[] =>
    database
      .statement(`SELECT * FROM deliveries ${tail}`)
      .all(...values)
      .map((row) => deliveryTable.decode(row));

  return {
    get: (id) => database.read(() => all(`WHERE "id" = ?`, encodeText(id))[0]),

    byIdempotencyKey: (key) =>
      database.read(() => all(`WHERE "idempotency_key" = ?`, encodeText(key))[0]),

    ofSession: (sessionId, states = deliveryStates) =>
      database.read(() =>
        all(
          `WHERE "session_id" = ? AND "state" IN (SELECT value FROM json_each(?)) ORDER BY "n"`,
          encodeText(sessionId),
          JSON.stringify(states),
        ),
      ),
  };
}
