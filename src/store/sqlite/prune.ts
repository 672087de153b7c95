import { isEndState, type SessionState } from "../../domain/session.ts";
import type { Retention } from "../store.ts";
import type { Database } from "./database.ts";
import { trimLeases } from "./leases.ts";
import { trimMessages } from "./messages.ts";
import { inSlices } from "./slices.ts";
import { trimUsage } from "./usage.ts";

interface Removed {
  events: number;
  observations: number;
}

/**
 * Removes what retention no longer keeps, in short transactions between which everything else
 * goes on.
 * @param fence called first in each transaction
 */
export async function prune(
  database: Database,
  retention: Retention,
  { now, fence }: { readonly now: number; readonly fence: () => void },
): Promise<Removed> {
  const removed: Removed = { events: 0, observations: 0 };
  await inSlices(database, steps(database, retention, { now, removed }), fence);
  return removed;
}

/** Rows that one step removes; a step is what is done between two looks at the clock. */
const rowsPerStep = 16;

function* steps(
  database: Database,
  retention: Retention,
  { now, removed }: { readonly now: number; readonly removed: Removed },
): Generator<void> {
  const cutoff = now - retention.eventsMs;
  for (const count of removeEvents(database, null, cutoff)) {
    removed.events += count;
    yield;
  }
  for (const sessionId of sessionsWith(database, "events")) {
    if (isOver(database, sessionId)) {
      for (const count of removeEvents(database, sessionId, cutoff)) {
        removed.events += count;
        yield;
      }
    }
    yield;
  }
  for (const _ of trimUsage(database, { keep: retention.snapshotsPerSource ?? 500, rowsPerStep })) {
    yield;
  }
  for (const _ of trimLeases(database, { endedBefore: cutoff, rowsPerStep })) yield;
  for (const _ of trimMessages(database, { sentBefore: cutoff, rowsPerStep })) yield;
  const keep = Math.max(1, retention.observationsPerSession);
  for (const sessionId of sessionsWith(database, "observations")) {
    for (const count of trimObservations(database, sessionId, keep)) {
      removed.observations += count;
      yield;
    }
    yield;
  }
}

/** Walks the ids that occur in a table by jumping through its index, one look-up each. */
function* sessionsWith(database: Database, table: "events" | "observations"): Generator<string> {
  let id: string | undefined = "";
  for (;;) {
    const row = database
      .statement(`SELECT min("session_id") AS id FROM ${table} WHERE "session_id" > ?`)
      .get(id);
    if (typeof row?.["id"] !== "string") return;
    id = row["id"];
    yield id;
  }
}

function isOver(database: Database, encodedId: string): boolean {
  const row = database.statement(`SELECT "state" FROM sessions WHERE "id" = ?`).get(encodedId);
  return row === undefined || isEndState(row["state"] as SessionState);
}

/**
 * Removes events from the oldest on, up to the first that is young enough, and raises the floor
 * with them: a reader whose cursor lies below it learns that it missed something.
 */
function* removeEvents(
  database: Database,
  encodedId: string | null,
  cutoff: number,
): Generator<number> {
  for (;;) {
    const oldest = database
      .statement(`SELECT "seq", "at" FROM events WHERE "session_id" IS ? ORDER BY "seq" LIMIT ?`)
      .all(encodedId, rowsPerStep);
    const young = oldest.findIndex((row) => Number(row["at"]) >= cutoff);
    const due = young === -1 ? oldest : oldest.slice(0, young);
    const through = due.at(-1)?.["seq"];
    if (through === undefined) return;
    database
      .statement(`DELETE FROM events WHERE "session_id" IS ? AND "seq" <= ?`)
      .run(encodedId, through);
    database
      .statement(
        `INSERT INTO event_floors ("session_id", "through") VALUES (?, ?)
         ON CONFLICT ("session_id") DO UPDATE SET "through" = excluded."through"`,
      )
      .run(encodedId ?? "", through);
    yield due.length;
  }
}

/** Numbers of a session's observations have no gaps, so the newest tells which are too many. */
function* trimObservations(database: Database, encodedId: string, keep: number): Generator<number> {
  for (;;) {
    const row = database
      .statement(
        `SELECT (SELECT min("n") FROM observations WHERE "session_id" = ?) AS oldest,
                (SELECT max("n") FROM observations WHERE "session_id" = ?) AS newest`,
      )
      .get(encodedId, encodedId);
    const oldest = Number(row?.["oldest"]);
    const through = Math.min(oldest + rowsPerStep - 1, Number(row?.["newest"]) - keep);
    if (through < oldest) return;
    yield database
      .statement(`DELETE FROM observations WHERE "session_id" = ? AND "n" <= ?`)
      .run(encodedId, through);
  }
}
