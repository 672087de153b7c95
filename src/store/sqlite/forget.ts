import type { Event, RemovedKind } from "../../domain/event.ts";
import { endRunStates } from "../../domain/run.ts";
import { endTaskStates, openTaskStates } from "../../domain/task.ts";
import type { Forgotten, ForgetOptions } from "../store.ts";
import type { Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { appendEvents, lastSeq } from "./events.ts";
import { countOldMessages, trimMessages } from "./messages.ts";
import { hasTable } from "./schema.ts";
import { isEnded } from "./sessions.ts";
import { inSlices } from "./slices.ts";
import { decodeText } from "./table.ts";

/** Rows that one step removes. */
const rowsPerStep = 16;

/**
 * Removes what is over and named by nothing that stays, in short transactions. What is due is found in
 * one snapshot, and each record is looked at again before it goes: somebody may have tried it again.
 * @param fence called first in each transaction
 * @param tell called with what was told of batches, after these went
 */
export async function forget(
  database: Database,
  options: ForgetOptions,
  {
    fence,
    tell,
  }: { readonly fence: () => void; readonly tell: (events: readonly Event[]) => void },
): Promise<Forgotten> {
  const due = await database.read(() => findDue(database, options));
  if (options.dryRun) {
    return {
      runs: due.runs.length,
      tasks: due.tasks.length,
      approvals: due.approvals.length,
      participants: due.participants.length,
      messages: due.messages,
    };
  }
  const gone = { runs: 0, tasks: 0, approvals: 0, participants: 0, messages: 0 };
  let written: Event[] = [];
  const told = (kind: RemovedKind, ids: readonly string[]): void => {
    if (!options.told || ids.length === 0) return;
    written.push(...appendEvents(database, [options.told({ kind, ids })], lastSeq(database)));
  };
  await inSlices(database, steps(database, options, { due, gone, told }), fence, () => {
    const events = written;
    written = [];
    if (events.length > 0) tell(events);
  });
  return gone;
}

interface Due {
  readonly tasks: readonly Value[];
  readonly approvals: readonly Value[];
  readonly runs: readonly Value[];
  readonly participants: readonly Value[];
  readonly messages: number;
}

interface Progress {
  readonly due: Due;
  readonly gone: { -readonly [Kind in keyof Forgotten]: number };
  readonly told: (kind: RemovedKind, ids: readonly string[]) => void;
}

const kindOf = {
  tasks: "task",
  approvals: "approval",
  runs: "run",
  participants: "participant",
} as const;

function* steps(
  database: Database,
  { endedBefore, messagesBefore, now }: ForgetOptions,
  { due, gone, told }: Progress,
): Generator<void> {
  if (endedBefore !== null) {
    const rules = rulesFor(endedBefore, now);
    const kinds = [
      ["tasks", due.tasks],
      ["approvals", due.approvals],
      ["runs", due.runs],
      ["participants", due.participants],
    ] as const;
    for (const [kind, ids] of kinds) {
      const { sql, values } = rules[kind];
      const last = kind === "runs" ? ` AND ${nothingOfIt}` : "";
      for (let at = 0; at < ids.length; at += rowsPerStep) {
        const some = JSON.stringify(ids.slice(at, at + rowsPerStep));
        const still = database
          .statement(
            `SELECT "id" FROM ${kind}
             WHERE "id" IN (SELECT value FROM json_each(?)) AND ${sql}${last}`,
          )
          .all(some, ...values);
        for (const { id } of still) remove(database, kind, id ?? null);
        // whoever plans a task that would wait for one of these plans it again
        if (kind === "tasks" && still.length > 0) {
          database.statement(`UPDATE tokens SET "last" = "last" + 1 WHERE "of" = 'graph'`).run();
        }
        gone[kind] += still.length;
        told(
          kindOf[kind],
          still.map(({ id }) => decodeText(String(id))),
        );
        yield;
      }
    }
  }
  const trimmed = trimMessages(database, { sentBefore: messagesBefore, rowsPerStep });
  for (const ids of trimmed) {
    gone.messages += ids.length;
    told("message", ids);
    yield;
  }
}

function remove(
  database: Database,
  kind: "tasks" | "approvals" | "runs" | "participants",
  id: Value,
): void {
  if (kind === "tasks") {
    database.statement(`DELETE FROM notes WHERE "task_id" = ?`).run(id);
    database.statement(`DELETE FROM task_waits WHERE "task_id" = ?`).run(id);
  }
  if (kind === "runs") {
    // how far its command for events is, and why not further
    database
      .statement(`DELETE FROM meta WHERE key IN ('run_events:' || ?, 'run_events_fault:' || ?)`)
      .run(id, id);
  }
  database.statement(`DELETE FROM ${kind} WHERE "id" = ?`).run(id);
}

function findDue(database: Database, { endedBefore, messagesBefore, now }: ForgetOptions): Due {
  const messages = hasTable(database, "messages") ? countOldMessages(database, messagesBefore) : 0;
  // a store that only older versions have written lacks these tables
  if (endedBefore === null || !hasTable(database, "worker_groups")) {
    return { tasks: [], approvals: [], runs: [], participants: [], messages };
  }
  const rules = rulesFor(endedBefore, now);
  const ids = (sql: string, ...values: readonly Value[]): Value[] =>
    database
      .statement(sql)
      .all(...values)
      .map(({ id }) => id ?? null);

  // a run is told of as a whole: one that is named by a task that stays keeps all that is its own
  const held = new Set<Value>();
  for (let before = -1; before !== held.size;) {
    before = held.size;
    const more = ids(
      `${neededTasks(rules.tasks.sql)} SELECT DISTINCT "run_id" AS id FROM tasks
       WHERE "run_id" IS NOT NULL AND "id" IN (SELECT "id" FROM needed)`,
      ...rules.tasks.values,
      JSON.stringify([...held]),
    );
    for (const id of more) held.add(id);
  }
  const kept = JSON.stringify([...held]);
  const tasks = ids(
    `${neededTasks(rules.tasks.sql)} SELECT "id" FROM tasks
     WHERE ${rules.tasks.sql} AND ${notOfRuns} AND "id" NOT IN (SELECT "id" FROM needed)`,
    ...rules.tasks.values,
    kept,
    ...rules.tasks.values,
    kept,
  );
  const of = (kind: "approvals" | "runs" | "participants", but = "", ...more: Value[]): Value[] =>
    ids(`SELECT "id" FROM ${kind} WHERE ${rules[kind].sql}${but}`, ...rules[kind].values, ...more);
  return {
    tasks,
    approvals: of("approvals", ` AND ${notOfRuns}`, kept),
    runs: of("runs", ` AND "id" NOT IN (SELECT value FROM json_each(?))`, kept),
    participants: of("participants"),
    messages,
  };
}

const notOfRuns = `("run_id" IS NULL OR "run_id" NOT IN (SELECT value FROM json_each(?)))`;

/** What tasks that stay depend on, and what that depends on in turn. */
function neededTasks(isDue: string): string {
  return `WITH RECURSIVE needed("id") AS (
    SELECT d.value FROM (SELECT "depends_on" FROM tasks WHERE NOT (${isDue} AND ${notOfRuns})) AS k,
      json_each(k."depends_on") AS d
    UNION
    SELECT d.value FROM needed AS n JOIN tasks AS t ON t."id" = n."id", json_each(t."depends_on") AS d)`;
}

/** A run goes last. */
const nothingOfIt = `NOT EXISTS (SELECT 1 FROM tasks WHERE tasks."run_id" = runs."id")
  AND NOT EXISTS (SELECT 1 FROM approvals WHERE approvals."run_id" = runs."id")`;

interface Rule {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** What each kind must be for it to be over; what others need of it is another question. */
function rulesFor(endedBefore: number, now: number) {
  const runs: Rule = {
    sql: `(runs."state" IN (${words(endRunStates)}) AND runs."ended_at" < ?
      AND NOT EXISTS (SELECT 1 FROM approvals WHERE approvals."run_id" = runs."id"
        AND approvals."state" = 'pending')
      AND NOT EXISTS (SELECT 1 FROM worker_groups WHERE worker_groups."run_id" = runs."id"
        AND worker_groups."ended_at" IS NULL)
      AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks."run_id" = runs."id"
        AND tasks."state" IN (${words(openTaskStates)}))
      AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions."run_id" = runs."id"
        AND NOT ${isEnded.sql.replace(`"state"`, `sessions."state"`)}))`,
    values: [endedBefore, isEnded.value],
  };
  const runIsOver = (table: string): Rule => ({
    sql: `(${table}."run_id" IS NULL
      OR NOT EXISTS (SELECT 1 FROM runs WHERE runs."id" = ${table}."run_id" AND NOT ${runs.sql}))`,
    values: runs.values,
  });
  const ofTasks = runIsOver("tasks");
  const ofApprovals = runIsOver("approvals");
  return {
    runs,
    tasks: {
      sql: `(tasks."state" IN (${words(endTaskStates)}) AND tasks."ended_at" < ? AND ${ofTasks.sql})`,
      values: [endedBefore, ...ofTasks.values],
    },
    approvals: {
      sql: `(approvals."state" <> 'pending'
        AND coalesce(approvals."decided_at", approvals."expires_at", approvals."created_at") < ?
        AND ${ofApprovals.sql})`,
      values: [endedBefore, ...ofApprovals.values],
    },
    participants: {
      sql: `(participants."id" NOT LIKE 'session:%'
        AND coalesce(participants."left_at", participants."seen_at" + participants."ttl_ms") < ?
        AND participants."seen_at" + participants."ttl_ms" < ?
        AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks."state" = 'claimed'
          AND json_extract(tasks."claim", '$.holder') = participants."id")
        AND NOT EXISTS (SELECT 1 FROM leases WHERE leases."holder" = participants."id"
          AND leases."state" IN ('active', 'waiting'))
        AND NOT EXISTS (SELECT 1 FROM approvals WHERE approvals."state" = 'pending'
          AND approvals."requested_by" = participants."id")
        AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipts."participant" = participants."id"
          AND receipts."state" IN ('queued', 'delivered')))`,
      values: [endedBefore, now],
    },
  } as const;
}

function words(states: readonly string[]): string {
  return states.map((state) => `'${state}'`).join(", ");
}
