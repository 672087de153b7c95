import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { artifactTable } from "../../src/store/sqlite/artifacts.ts";
import { connect } from "../../src/store/sqlite/connection.ts";
import { cursorTable } from "../../src/store/sqlite/cursors.ts";
import { deliveryTable } from "../../src/store/sqlite/deliveries.ts";
import { eventTable } from "../../src/store/sqlite/events.ts";
import { migrations } from "../../src/store/sqlite/migrations.ts";
import { observationTable } from "../../src/store/sqlite/observations.ts";
import { promptTable } from "../../src/store/sqlite/prompts.ts";
import { newest } from "../../src/store/sqlite/schema.ts";
import { sessionTable } from "../../src/store/sqlite/sessions.ts";
import { transcriptTable } from "../../src/store/sqlite/transcripts.ts";
import { turnTable } from "../../src/store/sqlite/turns.ts";
import { tempFolder } from "../support/temp-folder.ts";

const tables = [
  sessionTable,
  turnTable,
  deliveryTable,
  promptTable,
  artifactTable,
  eventTable,
  observationTable,
  transcriptTable,
  cursorTable,
];

async function freshFile(): Promise<string> {
  const file = join(tempFolder(), "agentpool.db");
  await (await openStore({ file, mode: "write", now: 1_234 })).close();
  return file;
}

test.each(tables)("the columns of $name are those its records have", async (table) => {
  const connection = connect(await freshFile(), true);
  onTestFinished(() => connection.close());

  const columns = connection.prepare(`PRAGMA table_info(${table.name})`).all();

  expect(new Set(columns.map((column) => column["name"]))).toEqual(
    new Set(table.columns.map((column) => column.key)),
  );
});

test("a fresh store tells its version, who may use it, and since when it is", async () => {
  const connection = connect(await freshFile(), true);
  onTestFinished(() => connection.close());

  const newest = migrations.at(-1);

  expect(connection.prepare("PRAGMA user_version").get()).toEqual(
    expect.objectContaining({ user_version: newest?.version }),
  );
  const meta = connection.prepare("SELECT key, value FROM meta ORDER BY key").all();
  expect(meta.map(({ key, value }) => [key, value])).toEqual([
    ["created_at", "1234"],
    ["epoch", "0"],
    ["min_reader", String(newest?.minReader)],
    ["min_writer", String(newest?.minWriter)],
  ]);
});

test("migrations are numbered from 1 without gaps, up to the schema this code knows", () => {
  expect(migrations.map((migration) => migration.version)).toEqual(
    migrations.map((_, index) => index + 1),
  );
  expect(migrations.at(-1)?.version).toBe(newest);
});

test("many that open a new store at once all get it, set up once", async () => {
  const file = join(tempFolder(), "agentpool.db");

  const stores = await Promise.all(
    Array.from({ length: 5 }, (_, now) => openStore({ file, mode: "write", now })),
  );
  onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))));

  expect(await Promise.all(stores.map((store) => store.meta.get("created_at")))).toEqual(
    Array.from({ length: 5 }, () => "0"),
  );
});

const queries = [
  [`SELECT * FROM sessions WHERE "id" > ? AND "id" < ?`, "sqlite_autoindex_sessions_1"],
  [`SELECT * FROM sessions ORDER BY "created_at" DESC, rowid DESC LIMIT 50`, "sessions_by_age"],
  [`SELECT * FROM sessions WHERE "idempotency_key" = ?`, "sqlite_autoindex_sessions_2"],
  [`SELECT * FROM events WHERE "session_id" = ? AND "seq" > ? ORDER BY "seq"`, "events_by_session"],
  [
    `SELECT * FROM prompts WHERE "session_id" = ? ORDER BY "opened_at", rowid`,
    "prompts_by_session",
  ],
  [
    `SELECT 1 FROM observations WHERE "session_id" = ? AND "source" = ? AND "ref" = ?`,
    "observations_by_ref",
  ],
] as const;

test.each(queries)("%s uses the index %3$s", async (sql, index) => {
  const connection = connect(await freshFile(), true);
  onTestFinished(() => connection.close());
  const places = sql.split("?").length - 1;

  const plan = connection
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...Array.from({ length: places }, () => "x"))
    .map((row) => String(row["detail"]));

  expect(plan.join("; ")).toContain(index);
  expect(plan.join("; ")).not.toContain("TEMP B-TREE");
});
