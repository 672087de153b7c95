import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { connect, type Connection } from "../../src/store/sqlite/connection.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import type { Store } from "../../src/store/store.ts";
import { decide, makeEvent, makeSnapshot, makeTurn } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { tempFolder } from "../support/temp-folder.ts";

const all = { from: 0, to: 9e15 };
const at = 1_000_000;

async function openFresh(): Promise<{ store: Store; file: string }> {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: at });
  onTestFinished(() => store.close());
  return { store, file };
}

async function add(store: Store, n: number, providerId: string, more: object = {}): Promise<void> {
  const id = `ap_00000000000${n}`;
  const session = makeSession({
    id,
    idempotencyKey: null,
    providerId,
    accountId: `${providerId}:x`,
    author: n === 1 ? "person" : `session:ap_${n}`,
    createdAt: at + n,
    endedAt: at + 5_000,
    state: "completed",
  });
  const turn = makeTurn({
    id: `tn_${n}`,
    sessionId: id,
    startedAt: at + n,
    endedAt: at + 100,
    state: "completed",
    ...more,
  });
  await store.commit(
    decide({
      writes: [
        { noun: "session", insert: session },
        { noun: "turn", insert: turn },
      ],
    }),
  );
}

const spent = { input: 100, output: 10, cached: 50, cacheWritten: 5 };

test("tokens are counted by model as turns change, with the rest whose model was not told", async () => {
  const { store } = await openFresh();
  await add(store, 1, "a");
  expect(await store.statistics.tokens(all, ["model"])).toEqual([]);

  const half = { input: 60, output: 6, cached: 50 };
  const later = { ...spent, models: { m: half } };
  for (const tokens of [spent, later]) {
    await store.commit(decide({ writes: [{ noun: "turn", id: "tn_1", update: { tokens } }] }));
  }
  // other fields leave them alone
  await store.commit(
    decide({ writes: [{ noun: "turn", id: "tn_1", update: { result: "done" } }] }),
  );

  const rows = await store.statistics.tokens(all, ["model", "provider", "session", "turn"]);
  const common = {
    accountId: null,
    day: null,
    providerId: "a",
    sessionId: "ap_000000000001",
    turnId: "tn_1",
  };
  expect(rows).toEqual([
    { ...common, model: null, input: 40, output: 4, cached: 0, cacheWritten: 5 },
    { ...common, model: "m", ...half, cacheWritten: 0 },
  ]);
});

test("sessions, turns and tokens are those of the span, the provider and who began them", async () => {
  const { store } = await openFresh();
  await add(store, 1, "a", { tokens: spent });
  await add(store, 2, "b", { tokens: spent, state: "limited" });
  await add(store, 3, "b", { tokens: spent, state: "interrupted", endedAt: null });

  const { statistics } = store;
  const ids = async (filter: object): Promise<string[]> =>
    (await statistics.sessions({ ...all, ...filter })).map(({ id }) => id.at(-1) ?? "");
  expect(await ids({})).toEqual(["1", "2", "3"]);
  expect(await ids({ providerId: "b" })).toEqual(["2", "3"]);
  expect(await ids({ author: "person" })).toEqual(["1"]);
  expect(await ids({ from: at + 5_001 })).toEqual([]);
  expect(await ids({ to: at + 2 })).toEqual(["1"]);

  const turns = await statistics.turns({ ...all, providerId: "b" });
  // nobody ended the last one, and its session is over
  expect(turns.endedAt).toEqual([at + 100, at + 5_000]);
  expect(turns.byState).toEqual({ limited: 1, interrupted: 1 });
  expect([...turns.limitedSessions]).toEqual(["ap_000000000002"]);
  expect(await statistics.tokens({ ...all, author: "person" }, [])).toMatchObject([{ input: 100 }]);
});

test("snapshots and limits come by time, whole", async () => {
  const { store } = await openFresh();
  const body = { type: "account_lifted" as const, account_id: "a", because: "over" };
  const snapshot = makeSnapshot({ at });
  await store.commit(
    decide({
      writes: [{ noun: "usage", insert: snapshot }],
      events: [makeEvent({ at, body }), makeEvent({ at })],
    }),
  );
  expect(await store.statistics.snapshots(all)).toEqual([snapshot]);
  expect((await store.statistics.limits(all)).map((event) => event.body)).toEqual([body]);
});

test("turns that an older version counted are taken over", async () => {
  const { store, file } = await openFresh();
  await add(store, 1, "a", { tokens: spent });
  await store.close();
  const connection = connect(file, false);
  undoMigrations(connection, 6);
  connection.close();

  const reader = await openStore({ file, mode: "read", now: at });
  expect(await reader.statistics.tokens(all, [])).toBeUndefined();
  expect(await reader.statistics.sessions(all)).toHaveLength(1);
  await reader.close();
  const writer = await openStore({ file, mode: "write", now: at });
  expect(await writer.statistics.tokens(all, ["provider"])).toMatchObject([
    { input: 100, providerId: "a" },
  ]);
  await writer.close();
});

test("no session, no turn and no event is read whole", async () => {
  const { store, file } = await openFresh();
  await add(store, 1, "a");
  const connection = connect(file, true);
  onTestFinished(() => connection.close());
  const plan = (sql: string): string =>
    connection
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row["detail"]))
      .join("; ");

  expect(
    plan(`SELECT "created_at", "ended_at", "provider_id", "role", "state", "account_id", "id", "turn_count", "timed_out_at"
          FROM sessions WHERE "created_at" < 9 AND ("ended_at" IS NULL OR "ended_at" >= 1)`),
  ).toContain("COVERING INDEX sessions_for_statistics");
  expect(
    plan(
      `SELECT "started_at", "ended_at", "state", "session_id" FROM turns WHERE "started_at" < 9`,
    ),
  ).toContain("COVERING INDEX turns_for_statistics");
  expect(
    plan(
      `SELECT * FROM events WHERE "type" IN ('account_limited', 'account_lifted') AND "at" >= 1`,
    ),
  ).toContain("INDEX events_for_statistics");
  expect(
    plan(
      `SELECT "provider_id", "model", sum("input"), sum("output"), sum("cached"), sum("cache_written")
       FROM turn_tokens WHERE "at" >= 1 AND "at" < 9 GROUP BY 1, 2`,
    ),
  ).toContain("COVERING INDEX turn_tokens_by_time");
  expect(
    plan(
      `SELECT * FROM events WHERE "type" IN ('budget_near', 'budget_used_up') AND "at" >= 1 AND "at" < 9`,
    ),
  ).toContain("INDEX events_of_budgets");
});

/** Takes away what migrations after a version brought, whichever those are. */
function undoMigrations(connection: Connection, version: number): void {
  const older = connect(":memory:", false);
  for (const { sql } of migrations.filter((one) => one.version <= version)) older.exec(sql);
  const known = new Set(["meta", ...namesIn(older)]);
  for (const type of ["trigger", "index", "table"]) {
    for (const name of namesIn(connection, type)) {
      if (!known.has(name)) connection.exec(`DROP ${type} "${name}"`);
    }
  }
  for (const table of namesIn(older, "table")) {
    const columns = columnsOf(older, table);
    for (const column of columnsOf(connection, table)) {
      if (!columns.includes(column)) {
        connection.exec(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
      }
    }
  }
  older.close();
  connection.exec(`PRAGMA user_version = ${version}`);
}

function namesIn(connection: Connection, type = "%"): string[] {
  return connection
    .prepare(`SELECT name FROM sqlite_master WHERE type LIKE ? AND sql IS NOT NULL`)
    .all(type)
    .map((row) => String(row["name"]));
}

function columnsOf(connection: Connection, table: string): string[] {
  return connection
    .prepare(`SELECT name FROM pragma_table_info(?)`)
    .all(table)
    .map((row) => String(row["name"]));
}
