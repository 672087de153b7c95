// needs: tmux
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, expect, test } from "vitest";
import type { Output } from "../../src/operations/orphan/gc.ts";
import type { Output as Pruned } from "../../src/operations/session/prune.ts";
import { ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

const days = 10;

/** Makes everything there is so many days older, as if nobody had been here since. */
function age(home: CliHome): void {
  const database = new Database(home.home.database);
  const columns = database
    .prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master AS m, pragma_table_info(m.name) AS c
       WHERE m.type = 'table' AND (c.name = 'at' OR c.name LIKE '%\\_at' ESCAPE '\\')`,
    )
    .all() as { readonly table: string; readonly column: string }[];
  for (const { table, column } of columns) {
    database.exec(
      `UPDATE "${table}" SET "${column}" = "${column}" - ${days * 86_400_000} WHERE typeof("${column}") = 'integer'`,
    );
  }
  database.close();
}

async function verified(home: CliHome, name: string): Promise<void> {
  const file = join(home.folder, name);
  await home.run(["export", "--output", file]);
  await home.run(["export", "verify", file]);
}

test("what is older than the settings keep it goes as the dry run said, and is told; what is open or named stays", async () => {
  const home = cliHome();
  const add = async (title: string, ...more: string[]): Promise<string> =>
    (await home.json<{ task: { id: string } }>(["task", "add", title, ...more])).task.id;
  const [gone, needed] = [await add("gone"), await add("needed")];
  const open = await add("open", "--depends-on", needed, "--provider", "nobody");
  await home.run([
    "run",
    "pool",
    "!fake say one",
    "-p",
    "fake-completed",
    "--isolation",
    "read_only",
  ]);
  const start = ["workers", "start", "w", "-p", "fake-worker", "--isolation", "read_only"];
  await home.run([...start, "--max", "1"]);
  await home.run(["task", "wait", gone, needed, "--timeout", "30s"]);
  await home.run(["workers", "stop", "w"]);
  const { run } = await home.json<{ run: { id: string } }>(["run", "show"]);
  await home.run(["supervisor", "stop"]);
  age(home);
  await home.run(["config", "set", "retention.runs_days", "7"]);
  await home.run(["config", "set", "retention.sessions_days", "7"]);

  const dry = await home.json<Output & Record<string, unknown>>(["gc", "--dry-run"]);
  await verified(home, "before.jsonl");
  const done = await home.json<Output & Record<string, unknown>>(["gc"]);

  expect(done.forgotten).toEqual(dry.forgotten);
  expect(done.forgotten).toMatchObject({ runs: 1, tasks: 2 });
  const query = ["events", "query", "--type", "records_removed"];
  const { events } = await home.json<{ events: { kind: string; ids: string[]; by: string }[] }>(
    query,
  );
  const told = events.flatMap(({ kind, ids }) => ids.map((id) => `${kind} ${id}`));
  expect(told).toEqual(expect.arrayContaining([`task ${gone}`, `run ${run.id}`]));
  expect(told).toHaveLength(Object.values(done.forgotten).reduce((sum, n) => sum + n, 0));
  for (const words of [
    ["task", "show", gone],
    ["run", "show", run.id],
  ]) {
    const { stderr } = await home.run(words, { status: 3 });
    expect(stderr).toMatch(/_not_found\)\n {2}why: .+\n {2}try: /);
  }
  expect((await home.run(["task", "show", open])).stdout).toContain(needed);
  await home.run(["task", "show", needed]);

  const prune = ["prune", "--older-than", "7d"];
  const would = await home.json<Pruned & Record<string, unknown>>([...prune, "--dry-run"]);
  const pruned = await home.json<Pruned & Record<string, unknown>>(prune);
  const ids = ({ sessions }: Pruned) => sessions.map(({ session_id: id }) => id);
  expect(ids(pruned)).toEqual(ids(would));
  expect(pruned).toMatchObject({ removed: 2, kept: 0 });
  const { stderr } = await home.run(["observe", ids(pruned)[0] ?? ""], { status: 3 });
  expect(stderr).toContain("session_not_found");
  await verified(home, "after.jsonl");
});
