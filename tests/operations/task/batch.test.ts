import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { TaskHeadJson } from "../../../src/operations/task/task-json.ts";
import { TaskBoard } from "../../../src/index.ts";
import { ensureBuilt } from "../../support/built.ts";
import { openHome } from "../../support/home.ts";
import { runCli } from "../../support/run-cli.ts";
import { serveHome } from "../../support/serve-home.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

interface Added {
  readonly tasks: readonly TaskHeadJson[];
}

const yaml = `
- title: Build
  key: build
  depends_on: [fetch]
  max_attempts: 1
- title: Fetch
  key: fetch
  tags: [net]
  priority: 5
- Tell everybody
`;

test("a list is put on the board in one commit, its keys its own, and once however often it is sent", async () => {
  const home = await openHome();
  writeFileSync(join(home.folder, "tasks.yaml"), yaml);
  const add = (key: string) => home.ask<Added>("task.batch", { file: "tasks.yaml" }, { key });

  const { tasks } = await add("one");
  const [build, fetch, tell] = tasks;
  expect(tasks.map(({ title, state }) => [title, state])).toEqual([
    ["Build", "blocked"],
    ["Fetch", "pending"],
    ["Tell everybody", "pending"],
  ]);
  expect(build).toMatchObject({ depends_on: [fetch?.id], max_attempts: 1 });
  expect(fetch).toMatchObject({ tags: ["net"], priority: 5 });

  expect((await add("one")).tasks.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
  const again = await add("two");
  for (const answer of [tasks, again.tasks]) {
    expect(answer.map(({ key }) => key)).toEqual(["build", "fetch", null]);
  }
  expect(again.tasks[0]?.depends_on).toEqual([again.tasks[1]?.id]);
  const third = await home.ask<Added>("task.batch", {
    text: JSON.stringify({ title: "After", depends_on: [tell?.id] }),
  });
  expect(third.tasks[0]).toMatchObject({ state: "blocked", depends_on: [tell?.id] });
});

test.each<[string, string, string, string]>([
  ["a field nobody knows", "- title: a\n- title: b\n  prio: 3\n", "tasks[1].prio", ":3:"],
  ["no title", "tasks:\n  - body: a\n", "tasks[0]", ":2:"],
  ["an unknown dependency", "- title: a\n  depends_on: [x]\n", "tasks[0].depends_on", ":2:"],
  ["a key twice", "- {title: a, key: k}\n- {title: b, key: k}\n", "tasks[1].key", ":2:"],
  ["a tag that is none", "- title: a\n  tags: [a b]\n", "tasks[0].tags[0]", ":2:"],
  [
    "a circle",
    "- {title: a, key: a, depends_on: [b]}\n- {title: b, key: b, depends_on: [a]}\n",
    "tasks[0].depends_on",
    ":1:",
  ],
  ["what is no YAML", "- [", "", ":1:"],
  ["no list", "kind: pool\n", "tasks", ":1:"],
])(
  "a list with %s is refused with line and field, and nothing is added",
  async (_, text, field, line) => {
    const home = await openHome();
    writeFileSync(join(home.folder, "t.yaml"), text);

    const refused = await home
      .ask("task.batch", { file: "t.yaml" })
      .catch((thrown: unknown) => thrown);

    expect(refused).toMatchObject({ code: "invalid_input" });
    expect((refused as { why: string }).why).toContain(`t.yaml${line} ${field}`);
    expect((await home.app.store.tasks.list({ limit: 1 })).total).toBe(0);
  },
);

test("programs add many tasks that depend on each other", async () => {
  const home = await openHome();
  await using board = new TaskBoard(await serveHome(home));
  const before = await board.add("First of all");

  const [second, third] = await board.addMany([
    { title: "Second", key: "second", dependsOn: [before] },
    { title: "Third", dependsOn: ["second"], tags: ["x"] },
  ]);

  expect(await board.get(third ?? "")).toMatchObject({ dependsOn: [second], state: "blocked" });
  const lost = board.addMany([{ title: "a" }, { title: "b", dependsOn: ["nobody"] }]);
  await expect(lost).rejects.toMatchObject({ code: "invalid_input" });
  expect((await board.status()).total).toBe(3);
});

test("the shell reads tasks and messages from standard input", async () => {
  const home = tempFolder();
  const run = (args: readonly string[], input: string) =>
    runCli(args, { home, input, env: { AGENTPOOL_SUPERVISOR: "inline" } });

  const added = await run(["task", "add", "--file", "-", "-q"], '{"title":"a"}\n{"title":"b"}\n');
  expect(added.stdout).toMatch(/^tk_\w+\ntk_\w+\n$/);
  expect((await run(["task", "add", "b", "-f", "-"], "")).stderr).toContain("--file and title");
  expect((await run(["task", "add"], "")).stderr).toContain("title");
  const sent = await run(["msg", "send", "person", "-", "--agent", "ci", "--json"], "two\nlines\n");
  expect(JSON.parse(sent.stdout)).toMatchObject({ message: { body: "two\nlines\n" } });
});
