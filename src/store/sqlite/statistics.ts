import type {
  SessionSpan,
  StatisticsFilter,
  TokenKey,
  TokenSum,
  TurnFacts,
} from "../../domain/statistics/facts.ts";
import type { TurnState } from "../../domain/turn.ts";
import type { UsageSnapshot } from "../../domain/usage.ts";
import type { StatisticsReader } from "../store.ts";
import type { Row, Value } from "./connection.ts";
import type { Database } from "./database.ts";
import { eventTable } from "./events.ts";
import { hasTable } from "./schema.ts";
import { decodeText, encodeText } from "./table.ts";
import { usageTable } from "./usage.ts";

const dayMs = 86_400_000;

const tokenTable = "turn_tokens";

const jsonWindows = `"windows"`;

/** As the index `events_for_statistics` has it, word for word: only then it is used. */
const limitEvents = `"type" IN ('account_limited', 'account_lifted')`;

/** As the index `events_of_budgets` has it. */
const budgetEvents = `"type" IN ('budget_near', 'budget_used_up')`;

export function statisticsReader(database: Database): StatisticsReader {
  const all = (sql: string, values: readonly Value[]): Row[] =>
    database.statement(sql).all(...values);

  return {
    sessions: (filter) =>
      database.read(() => {
        const kept = sessionSpans(database, "sessions", filter);
        const removed = hasTable(database, "removed_sessions")
          ? sessionSpans(database, "removed_sessions", filter)
          : [];
        if (removed.length === 0) return kept;
        return [...kept, ...removed].toSorted((a, b) => a.createdAt - b.createdAt);
      }),

    turns: (filter) =>
      database.read((): TurnFacts => {
        const { sql, values } = ofWhom(filter);
        const mine =
          sql === "" ? "" : `AND "session_id" IN (SELECT "id" FROM sessions WHERE true ${sql})`;
        // one that nobody ended stopped with its session
        const ended = `ifnull("ended_at", (SELECT "ended_at" FROM sessions WHERE "id" = "session_id"))`;
        const from = `turns WHERE "started_at" < ? AND ifnull(${ended}, 9e15) >= ? ${mine}`;
        const given = [filter.to, filter.from, ...values];
        const [starts, ends] = columns(
          database,
          [`"started_at"`, ended],
          `${from} ORDER BY "started_at"`,
          given,
        );
        const byState = all(`SELECT "state", count(*) AS n FROM ${from} GROUP BY "state"`, given);
        const noted = all(
          `SELECT DISTINCT "state", "session_id" FROM ${from}
           AND "state" IN ('limited', 'interrupted')`,
          given,
        );
        const sessionsWith = (state: TurnState): ReadonlySet<string> =>
          new Set(
            noted
              .filter((row) => row["state"] === state)
              .map((row) => textAt(row, "session_id") ?? ""),
          );
        return {
          startedAt: starts as readonly number[],
          endedAt: ends as readonly (number | null)[],
          byState: Object.fromEntries(byState.map((row) => [row["state"], row["n"]])),
          limitedSessions: sessionsWith("limited"),
          interruptedSessions: sessionsWith("interrupted"),
        };
      }),

    tokens: (filter, by) =>
      database.read(() => {
        if (!hasTable(database, tokenTable)) return undefined;
        const { sql, values } = ofWhom(filter, `"session_id"`);
        const keys = by.map((key) => columnOf[key]);
        const group = keys.length > 0 ? `GROUP BY ${keys.map((_, at) => at + 1).join(", ")}` : "";
        return all(
          `SELECT ${keys.map((column) => `${column},`).join(" ")}
             sum("input") AS input, sum("output") AS output, sum("cached") AS cached,
             sum("cache_written") AS written
           FROM turn_tokens WHERE "at" >= ? AND "at" < ? ${sql} ${group}`,
          [filter.from, filter.to, ...values],
        )
          .filter((row) => row["input"] !== null)
          .map(tokenSum);
      }),

    snapshots: ({ from, to, providerId }) =>
      database.read(() => {
        if (!hasTable(database, usageTable.name)) return [];
        const only = providerId === undefined ? [] : [encodeText(providerId)];
        const [ids, accounts, providers, times, sources, confidences, plans, windows] = columns(
          database,
          [
            `"id"`,
            `"account_id"`,
            `"provider_id"`,
            `"at"`,
            `"source"`,
            `"confidence"`,
            `"plan"`,
            jsonWindows,
          ],
          `usage_snapshots WHERE "at" >= ? AND "at" < ?
           ${only.length > 0 ? `AND "provider_id" = ?` : ""} ORDER BY "at", "id"`,
          [from, to, ...only],
        );
        return ids.map((id, at): UsageSnapshot => ({
          id: decodeText(String(id)),
          accountId: decodeText(String(accounts[at])),
          providerId: decodeText(String(providers[at])),
          at: Number(times[at]),
          source: decodeText(String(sources[at])),
          confidence: confidences[at] as UsageSnapshot["confidence"],
          plan: textOrNull(plans[at]),
          windows: windows[at] as unknown as UsageSnapshot["windows"],
        }));
      }),

    limits: ({ from, to }) =>
      database.read(() =>
        all(`SELECT * FROM events WHERE ${limitEvents} AND "at" >= ? AND "at" < ? ORDER BY "seq"`, [
          from,
          to,
        ]).map((row) => eventTable.decode(row)),
      ),

    budgets: ({ from, to }) =>
      database.read(() =>
        all(
          `SELECT * FROM events WHERE ${budgetEvents} AND "at" >= ? AND "at" < ? ORDER BY "seq"`,
          [from, to],
        ).map((row) => eventTable.decode(row)),
      ),
  };
}

function sessionSpans(
  database: Database,
  table: "sessions" | "removed_sessions",
  filter: StatisticsFilter,
): SessionSpan[] {
  const { sql, values } = ofWhom(filter);
  const isRemoved = table === "removed_sessions";
  // sessions of the first stores have no account
  const account = hasTable(database, "accounts") ? `"account_id"` : `NULL`;
  const timedOut = hasTable(database, tokenTable) ? `"timed_out_at"` : `NULL`;
  // all that were removed are over, and an index leads to those that ended in the span
  const ended = isRemoved ? `"ended_at" >= ?` : `("ended_at" IS NULL OR "ended_at" >= ?)`;
  const [created, ends, providers, roles, states, accounts, ids, turns, late, resumed, profiles] =
    columns(
      database,
      [
        `"created_at"`,
        `"ended_at"`,
        `"provider_id"`,
        `"role"`,
        `"state"`,
        account,
        `"id"`,
        `"turn_count"`,
        timedOut,
        ...(isRemoved ? [`"resumed_at"`, `"profile"`] : []),
      ],
      `${table} WHERE "created_at" < ? AND ${ended} ${sql} ORDER BY "created_at"`,
      [filter.to, filter.from, ...values],
    );
  return created.map((createdAt, at): SessionSpan => ({
    id: decodeText(String(ids[at])),
    providerId: decodeText(String(providers[at])),
    accountId: textOrNull(accounts[at]),
    role: roles[at] as SessionSpan["role"],
    state: states[at] as SessionSpan["state"],
    createdAt: Number(createdAt),
    endedAt: numberOrNull(ends[at]),
    turnCount: Number(turns[at]),
    timedOutAt: numberOrNull(late[at]),
    ...(isRemoved
      ? { removed: { resumedAt: numberOrNull(resumed[at]), profile: textOrNull(profiles[at]) } }
      : {}),
  }));
}

/** The columns that results are grouped by, under the names they are read by. */
const columnOf: Readonly<Record<TokenKey, string>> = {
  provider: `"provider_id" AS provider`,
  account: `"account_id" AS account`,
  model: `"model" AS model`,
  day: `"at" / ${dayMs} AS day`,
  session: `"session_id" AS session`,
  turn: `"turn_id" AS turn`,
};

function ofWhom(
  { providerId, author, sessionId }: StatisticsFilter,
  id = `"id"`,
): { sql: string; values: Value[] } {
  const parts: string[] = [];
  const values: Value[] = [];
  if (providerId !== undefined) {
    parts.push(`AND "provider_id" = ?`);
    values.push(encodeText(providerId));
  }
  if (author !== undefined) {
    parts.push(`AND "author" = ?`);
    values.push(encodeText(author));
  }
  if (sessionId !== undefined) {
    parts.push(`AND ${id} = ?`);
    values.push(encodeText(sessionId));
  }
  return { sql: parts.join(" "), values };
}

/**
 * Column by column as JSON: tens of thousands of rows come out of SQLite in a fraction of the time
 * that as many objects take.
 */
function columns(
  database: Database,
  names: readonly string[],
  from: string,
  values: readonly Value[],
): Tuple {
  const list = names.map((name, at) => `${name} AS c${at}`).join(", ");
  // a column of JSON is taken over as what it says, not as a text
  const arrays = names
    .map((name, at) => (name === jsonWindows ? `json(c${at})` : `c${at}`))
    .map((value, at) => `json_group_array(${value}) AS c${at}`)
    .join(", ");
  const row = database
    .statement(`SELECT ${arrays} FROM (SELECT ${list} FROM ${from})`)
    .get(...values);
  return names.map((_, at) => JSON.parse(String(row?.[`c${at}`])) as Column) as unknown as Tuple;
}

type Column = readonly Value[];
/** As many as are asked for at most. */
type Tuple = readonly [
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
  Column,
];

function tokenSum(row: Row): TokenSum {
  const model = textAt(row, "model");
  return {
    providerId: textAt(row, "provider"),
    accountId: textAt(row, "account"),
    model: model === "" ? null : model,
    day: numberAt(row, "day"),
    sessionId: textAt(row, "session"),
    turnId: textAt(row, "turn"),
    input: Number(row["input"]),
    output: Number(row["output"]),
    cached: Number(row["cached"]),
    cacheWritten: Number(row["written"]),
  };
}

function textAt(row: Row, name: string): string | null {
  return textOrNull(row[name]);
}

function numberAt(row: Row, name: string): number | null {
  return numberOrNull(row[name]);
}

function textOrNull(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : decodeText(String(value));
}

function numberOrNull(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
