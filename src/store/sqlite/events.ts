import { AgentpoolError } from "../../domain/errors.ts";
import type { Event, NewEvent } from "../../domain/event.ts";
import type { EventFilter, EventReader } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { encodeText, Table } from "./table.ts";

export const eventTable = new Table<Event>("events", {
  seq: "number",
  sessionId: "text",
  runId: "text",
  at: "number",
  body: "json",
});

export function eventReader(database: Database): EventReader {
  return {
    since: (after, filter) =>
      database.read(() => {
        const floor = floorOf(database, filter.sessionIds);
        if (after < floor) throw expired(after, floor);
        const { where, values } = conditions(after, filter, {
          // events of a store that only versions before runs have written lack the column
          knowsRuns: hasTable(database, "runs"),
        });
        return database
          .statement(`SELECT * FROM events WHERE ${where} ORDER BY "seq" LIMIT ?`)
          .all(...values, filter.limit)
          .map((row) => eventTable.decode(row));
      }),

    last: () => database.read(() => lastSeq(database)),
  };
}

/**
 * The newest number ever given to an event. It is read from what is stored, inside the transaction
 * that gives the next ones, and so a number is never spent on a commit that did not happen.
 */
export function lastSeq(database: Database): number {
  const row = database
    .statement(
      `SELECT max(
         (SELECT ifnull(max("seq"), 0) FROM events),
         (SELECT ifnull(max("through"), 0) FROM event_floors)
       ) AS seq`,
    )
    .get();
  return Number(row?.["seq"]);
}

export function appendEvents(
  database: Database,
  events: readonly NewEvent[],
  last: number,
): readonly Event[] {
  const insert = database.statement(eventTable.insertSql);
  return events.map((event, index) => {
    const { sessionId, runId = null, at, body } = event;
    const numbered: Event = { seq: last + 1 + index, sessionId, runId, at, body };
    insert.run(...eventTable.encode(numbered));
    return numbered;
  });
}

/** Number of the newest event that retention removed, of these sessions or of all. */
function floorOf(database: Database, sessionIds: readonly string[] | undefined): number {
  const row =
    sessionIds === undefined
      ? database.statement(`SELECT max("through") AS seq FROM event_floors`).get()
      : database
          .statement(
            `SELECT max("through") AS seq FROM event_floors
             WHERE "session_id" IN (SELECT value FROM json_each(?))`,
          )
          .get(JSON.stringify(sessionIds.map(encodeText)));
  return Number(row?.["seq"] ?? 0);
}

function expired(after: number, floor: number): AgentpoolError {
  return new AgentpoolError("cursor_expired", `The cursor ${after} is older than what is kept`, {
    why: `events up to ${floor} were removed by retention`,
    hint: `Start again from the present state, then follow from cursor ${floor} or later`,
    details: { cursor: after, oldest_cursor: floor },
  });
}

function conditions(
  after: number,
  filter: EventFilter,
  { knowsRuns }: { readonly knowsRuns: boolean },
): { where: string; values: Value[] } {
  const runColumn = knowsRuns ? `"run_id"` : "NULL";
  const parts = [`"seq" > ?`];
  const values: Value[] = [after];
  const [only, ...others] = filter.sessionIds ?? [];
  if (only !== undefined && others.length === 0) {
    parts.push(`"session_id" = ?`);
    values.push(encodeText(only));
  } else if (filter.sessionIds !== undefined) {
    parts.push(`"session_id" IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(filter.sessionIds.map(encodeText)));
  }
  if (filter.runId !== undefined) {
    parts.push(`${runColumn} = ?`);
    values.push(encodeText(filter.runId));
  }
  if (filter.ofEither !== undefined) {
    const { sessionId, runId } = filter.ofEither;
    parts.push(runId === null ? `"session_id" = ?` : `("session_id" = ? OR ${runColumn} = ?)`);
    values.push(encodeText(sessionId), ...(runId === null ? [] : [encodeText(runId)]));
  }
  if (filter.types !== undefined) {
    parts.push(`"type" IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(filter.types));
  }
  return { where: parts.join(" AND "), values };
}
