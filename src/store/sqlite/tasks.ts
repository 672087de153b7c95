import {
  taskStates,
  type Capability,
  type Claimant,
  type Task,
  type TaskHead,
  type TaskLink,
  type TaskNote,
  type TaskState,
} from "../../domain/task.ts";
import { lastPauseEnd } from "../../domain/task-pause.ts";
import type { TaskFilter, TaskReader } from "../store.ts";
import type { Row, Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { hasTable } from "./schema.ts";
import { decodeText, encodeText, Table } from "./table.ts";
import { readerOf } from "./table-reader.ts";

export const taskTable = new Table<Task>("tasks", {
  id: "text",
  runId: "text",
  key: "text",
  title: "text",
  priority: "number",
  tags: "json",
  requires: "json",
  dependsOn: "json",
  state: "text",
  because: "text",
  execution: "json",
  claim: "json",
  pastClaim: "json",
  attempt: "number",
  maxAttempts: "number",
  notBefore: "number",
  error: "text",
  artifacts: "json",
  author: "text",
  idempotencyKey: "text",
  createdAt: "number",
  updatedAt: "number",
  endedAt: "number",
  result: "text",
  body: "text",
});

export const noteTable = new Table<TaskNote>("notes", {
  id: "text",
  taskId: "text",
  author: "text",
  text: "text",
  at: "number",
});

const headColumns = taskTable.columns.filter(({ field }) => field !== "body" && field !== "result");
const headNames = headColumns.map(({ column }) => column).join(", ");
const linkFields = ["id", "runId", "state", "because", "dependsOn"] as const;
const linkNames = taskTable.columns
  .filter(({ field }) => (linkFields as readonly string[]).includes(field))
  .map(({ column }) => `t.${column}`)
  .join(", ");

export function taskReader(database: Database): TaskReader {
  const { all: whole, read } = readerOf(database, taskTable);
  /** Of one statement. */
  const look = <T>(action: () => T, without: T): Promise<T> =>
    database.alone(() => (hasTable(database, taskTable.name) ? action() : without));
  const heads = (tail: string, ...values: Value[]): TaskHead[] =>
    database
      .statement(`SELECT ${headNames} FROM tasks ${tail}`)
      .all(...values)
      .map(decodeHead);
  const links = (sql: string, ...values: Value[]): TaskLink[] =>
    database
      .statement(sql)
      .all(...values)
      .map(decodeLink);

  return {
    get: (id) => look(() => whole(`WHERE "id" = ?`, encodeText(id))[0], undefined),

    resolve: (id) =>
      read(() => {
        const exact = heads(`WHERE "id" = ?`, encodeText(id));
        if (exact.length > 0 || !/^tk_[0-9a-z]{4,}$/.test(id)) return exact;
        return heads(`WHERE "id" >= ? AND "id" < ? ORDER BY "id" LIMIT 5`, id, `${id}~`);
      }, []),

    byIds: (ids) =>
      look(() => {
        const found = whole(`WHERE "id" IN (SELECT value FROM json_each(?))`, listOf(ids));
        const byId = new Map(found.map((task) => [task.id, task]));
        return ids.flatMap((id) => byId.get(id) ?? []);
      }, []),

    byKeys: (runId, keys) =>
      read(
        () =>
          whole(
            `WHERE "run_id" = ? AND "key" IN (SELECT value FROM json_each(?))`,
            encodeText(runId),
            listOf(keys),
          ),
        [],
      ),

    byIdempotencyKey: (key) =>
      look(() => whole(`WHERE "idempotency_key" = ?`, encodeText(key))[0], undefined),

    ofRun: (runId) =>
      read(() => whole(`WHERE "run_id" = ? ORDER BY "created_at", "id"`, encodeText(runId)), []),

    list: (filter) =>
      read(
        () => {
          const { where, values } = conditions(filter);
          const order = filter.newestFirst ? `"created_at" DESC, "id" DESC` : `"created_at", "id"`;
          const page = [filter.limit, filter.offset ?? 0];
          const found = heads(`${where} ORDER BY ${order} LIMIT ? OFFSET ?`, ...values, ...page);
          const counted = database
            .statement(`SELECT count(*) AS n FROM tasks ${where}`)
            .get(...values);
          return { tasks: found, total: Number(counted?.["n"]) };
        },
        { tasks: [], total: 0 },
      ),

    counts: (filter) =>
      read(() => {
        const { where, values } = conditions(filter);
        const rows = database
          .statement(`SELECT "state", count(*) AS n FROM tasks ${where} GROUP BY "state"`)
          .all(...values);
        return countsOf(rows);
      }, countsOf([])),

    next: (claimant, now) => read(() => nextOf(database, claimant, { now }), undefined),

    offers: (asked, now) =>
      read(
        () => {
          const offered = new Set<string>();
          const of = asked.map(({ claimant, requestKey }) => {
            const before = requestKey === null ? undefined : whole(ofRequest, requestKey)[0];
            if (before) return { task: before, isGiven: true };
            const id = claimant && nextOf(database, claimant, { now, offered });
            const task = id ? whole(`WHERE "id" = ?`, encodeText(id))[0] : undefined;
            if (task) offered.add(task.id);
            return task && { task, isGiven: false };
          });
          return { of, lastToken: lastTokenOf(database, "claim") };
        },
        { of: asked.map(() => undefined), lastToken: 0 },
      ),

    countFor: (claimant, now) =>
      read(() => {
        const tags = claimant.tags.length === 0 ? [""] : claimant.tags;
        const notLeft = notLeftBy(claimant, now);
        const row = database
          .statement(
            `SELECT count(DISTINCT "id") AS n FROM task_queue
             WHERE "run_id" = ? AND "lane" IN (SELECT value FROM json_each(?))
               AND "tag" IN (SELECT value FROM json_each(?))
               AND ${isFree}${unscheduled(claimant)}${notLeft.sql}`,
          )
          .get(
            claimant.runId === null ? "" : encodeText(claimant.runId),
            JSON.stringify(lanesOf(claimant)),
            JSON.stringify(tags),
            now,
            lastPauseEnd(now),
            ...notLeft.values,
          );
        return Number(row?.["n"] ?? 0);
      }, 0),

    nextPauseEnd: (now) =>
      read(() => {
        const row = database
          .statement(
            `SELECT min("not_before") AS at FROM tasks
             WHERE "state" = 'pending' AND "not_before" > ? AND "not_before" <= ?`,
          )
          .get(now, lastPauseEnd(now));
        return typeof row?.["at"] === "number" ? row["at"] : null;
      }, null),

    links: (ids) =>
      look(
        () =>
          links(
            `SELECT ${linkNames} FROM tasks AS t
             WHERE t."id" IN (SELECT value FROM json_each(?))`,
            listOf(ids),
          ),
        [],
      ),

    waitingForAlone: (id) =>
      read(
        () => ({
          links: links(
            `SELECT ${linkNames} FROM task_waits AS w JOIN tasks AS t ON t."id" = w."task_id"
             WHERE w."depends_on" = ? AND t."state" = 'blocked' AND NOT EXISTS (
               SELECT 1 FROM task_waits AS more
               WHERE more."task_id" = w."task_id" AND more."depends_on" <> w."depends_on")
             ORDER BY t."created_at", t."id"`,
            encodeText(id),
          ),
          revision: lastTokenOf(database, "graph"),
        }),
        { links: [], revision: 0 },
      ),

    waitingFor: (id) =>
      read(
        () => {
          const all = `WITH RECURSIVE dependant("id") AS (
              SELECT "task_id" FROM task_waits WHERE "depends_on" = ?
              UNION
              SELECT w."task_id" FROM task_waits AS w
                JOIN dependant AS d ON w."depends_on" = d."id")`;
          return {
            dependants: links(
              // crossed, or all tasks are read in their order for each of a run that is cancelled
              `${all} SELECT ${linkNames} FROM dependant AS d CROSS JOIN tasks AS t ON t."id" = d."id"
               ORDER BY t."created_at", t."id"`,
              encodeText(id),
            ),
            others: links(
              `${all} SELECT DISTINCT ${linkNames} FROM dependant AS d
                 CROSS JOIN task_waits AS w ON w."task_id" = d."id"
                 CROSS JOIN tasks AS t ON t."id" = w."depends_on"
               WHERE t."id" NOT IN (SELECT "id" FROM dependant)`,
              encodeText(id),
            ),
            revision: lastTokenOf(database, "graph"),
          };
        },
        { dependants: [], others: [], revision: 0 },
      ),

    claims: () =>
      read(
        () =>
          database
            .statement(`SELECT "id", "claim" FROM tasks WHERE "state" = 'claimed'`)
            .all()
            .flatMap((row) => {
              const { id, claim } = decodeHead(row);
              return claim === null ? [] : [{ id, claim }];
            }),
        [],
      ),

    lastClaimToken: () => look(() => lastTokenOf(database, "claim"), 0),

    revision: () => look(() => lastTokenOf(database, "graph"), 0),

    notes: (taskId, last) =>
      read(
        () =>
          database
            .statement(
              `SELECT * FROM notes WHERE "task_id" = ? ORDER BY "at" DESC, "id" DESC LIMIT ?`,
            )
            .all(encodeText(taskId), last)
            .map((row) => noteTable.decode(row))
            .toReversed(),
        [],
      ),
  };
}

/** As `pausedUntil`: with the present moment and the last one at which a pause may end. */
const isFree = `("not_before" IS NULL OR "not_before" <= ? OR "not_before" > ?)`;

const ofRequest = `WHERE json_extract("claim", '$.requestKey') = ?`;

/** The one to claim first, of those that are not offered to somebody else already. */
function nextOf(
  database: Database,
  claimant: Claimant,
  { now, offered }: { readonly now: number; readonly offered?: ReadonlySet<string> },
): string | undefined {
  const tags = claimant.tags.length === 0 ? [""] : claimant.tags;
  const runId = claimant.runId === null ? "" : encodeText(claimant.runId);
  const notLeft = notLeftBy(claimant, now);
  // one look-up each: a page of the index, however long the queue is
  const first = database.statement(
    `SELECT "rank", "created_at", "id" FROM task_queue
     WHERE "run_id" = ? AND "lane" = ? AND "tag" = ?
       AND ${isFree}${unscheduled(claimant)}${notLeft.sql}
     ORDER BY "rank", "created_at", "id" LIMIT ?`,
  );
  const isLeft = (row: Row): boolean => !offered?.has(decodeText(String(row["id"])));
  const among = (offered?.size ?? 0) + 1;
  let best: Row | undefined;
  for (const lane of lanesOf(claimant)) {
    for (const tag of tags) {
      const paused = [now, lastPauseEnd(now), ...notLeft.values];
      const row = first.all(runId, lane, tag, ...paused, among).find(isLeft);
      if (row && (!best || isBefore(row, best))) best = row;
    }
  }
  return best === undefined ? undefined : decodeText(String(best["id"]));
}

export function lastTokenOf(database: Database, of: "claim" | "graph"): number {
  const row = database.statement(`SELECT "last" FROM tokens WHERE "of" = ?`).get(of);
  return Number(row?.["last"] ?? 0);
}

/** Between the parts of a lane; no id or name holds it. */
const separator = "\u001f";

/** The lanes somebody may take from: what they are, or what is left open, in each respect. */
function lanesOf({ providerId, model, role }: Capability): string[] {
  const either = (own: string | null): string[] => (own === null ? [""] : ["", own]);
  return either(providerId).flatMap((a) =>
    either(model).flatMap((b) => either(role).map((c) => [a, b, c].join(separator))),
  );
}

/** Of a run, what its scheduler carries out waits for that alone. */
function unscheduled({ runId }: Claimant): string {
  return runId === null
    ? ""
    : ` AND NOT EXISTS (SELECT 1 FROM tasks AS t
             WHERE t."id" = task_queue."id" AND t."execution" IS NOT NULL)`;
}

/** As `leftUntil`: without what the session that asks gave back a moment ago. */
function notLeftBy(
  { holder = null }: Claimant,
  now: number,
): { readonly sql: string; readonly values: readonly Value[] } {
  if (holder === null) return { sql: "", values: [] };
  const past = (field: string): string => `json_extract(t."past_claim", '$.${field}')`;
  return {
    sql: ` AND NOT EXISTS (SELECT 1 FROM tasks AS t WHERE t."id" = task_queue."id"
             AND ${past("holder")} = ? AND ${past("leftUntil")} > ? AND ${past("leftUntil")} <= ?)`,
    values: [holder, now, lastPauseEnd(now)],
  };
}

function isBefore(a: Row, b: Row): boolean {
  for (const column of ["rank", "created_at", "id"]) {
    const [left, right] = [a[column], b[column]];
    if (left !== right) return (left ?? 0) < (right ?? 0);
  }
  return false;
}

function conditions(filter: Omit<TaskFilter, "limit">): { where: string; values: Value[] } {
  const parts: string[] = [];
  const values: Value[] = [];
  if (filter.runId === null) parts.push(`"run_id" IS NULL`);
  else if (filter.runId !== undefined) {
    parts.push(`"run_id" = ?`);
    values.push(encodeText(filter.runId));
  }
  if (filter.states !== undefined) {
    parts.push(`"state" IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(filter.states));
  }
  if (filter.tag !== undefined) {
    parts.push(`EXISTS (SELECT 1 FROM json_each("tags") WHERE value = ?)`);
    values.push(filter.tag);
  }
  if (filter.holder !== undefined) {
    parts.push(`json_extract("claim", '$.holder') = ?`);
    values.push(filter.holder);
  }
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

function listOf(texts: readonly string[]): string {
  return JSON.stringify(texts.map(encodeText));
}

function countsOf(rows: readonly Row[]): Readonly<Record<TaskState, number>> {
  const found = new Map(rows.map((row) => [row["state"], Number(row["n"])]));
  return Object.fromEntries(taskStates.map((state) => [state, found.get(state) ?? 0])) as Record<
    TaskState,
    number
  >;
}

function decodeHead(row: Row): TaskHead {
  const { body: _, result: __, ...head } = taskTable.decode(row);
  return head;
}

function decodeLink(row: Row): TaskLink {
  const { id, runId, state, because, dependsOn } = taskTable.decode(row);
  return { id, runId, state, because, dependsOn };
}
