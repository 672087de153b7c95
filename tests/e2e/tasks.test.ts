// needs: tmux
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt, repository } from "../support/built.ts";
import { spawnAgent } from "../support/cli-agent.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { startProgram, type RunningProgram } from "../support/start-program.ts";
import { openStore } from "../../src/store/open.ts";
import { createRpcClient } from "../../src/rpc/client.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
};

interface TaskAnswer {
  task: {
    id: string;
    state: string;
    because: string | null;
    attempt: number;
    result: string | null;
    claim: { holder: string; token: number } | null;
  };
}

interface Line {
  readonly id: string;
  readonly token: number;
  readonly refused?: string;
}

function worker(
  { home }: CliHome,
  name: string,
  { adds = 0, ttl = 120, hold = false }: { adds?: number; ttl?: number; hold?: boolean } = {},
): Promise<RunningProgram> {
  const own = [name, String(adds), String(ttl), hold ? "hold" : ""];
  return startProgram("task-worker", [home.supervisorSocket, version, agentpoolBin, ...own], {
    env: { AGENTPOOL_HOME: home.root, AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30" },
  });
}

function linesOf({ lines }: RunningProgram): Line[] {
  return lines.filter((line) => line !== "ready").map((line) => JSON.parse(line) as Line);
}

/** What the store says in the end, past every window. */
async function look({ home }: CliHome) {
  const store = await openStore({ file: home.database, mode: "read", now: 0 });
  const { tasks } = await store.tasks.list({ limit: 10_000 });
  const events = await store.events.since(0, { limit: 100_000 });
  await store.close();
  const completed = events.filter(({ body }) => body.type === "task_completed").length;
  return { tasks, completed };
}

test("8 processes share 200 tasks: each is done once, the urgent first", async () => {
  const home = cliHome();
  await home.wake();
  const client = createRpcClient({ socketPath: home.home.supervisorSocket, version });
  for (let n = 0; n < 200; n++) {
    await client.call("task.add", { input: { title: `task ${n}`, priority: n % 5 } });
  }

  const workers = await Promise.all(Array.from({ length: 8 }, (_, n) => worker(home, `w${n}`)));
  const codes = await Promise.all(workers.map(({ exited }) => exited));

  expect({ codes, errors: workers.map(({ stderr }) => stderr()).join("") }).toEqual({
    codes: Array(8).fill(0),
    errors: "",
  });
  const given = workers.flatMap(linesOf).toSorted((a, b) => a.token - b.token);
  expect(new Set(given.map(({ id }) => id)).size).toBe(200);
  expect(given).toHaveLength(200);
  const { tasks, completed } = await look(home);
  expect(completed).toBe(200);
  const order = tasks.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  expect(given.map(({ id }) => id)).toEqual(order.map(({ id }) => id));
});

test("tasks that are added while others work, and a supervisor killed in the middle, lose nothing", async () => {
  const home = cliHome();
  await home.wake();
  const names = ["a", "b", "c", "d"];
  const workers = await Promise.all(names.map((name) => worker(home, name, { adds: 30 })));
  const doneBy = (): number => workers.reduce((sum, one) => sum + linesOf(one).length, 0);

  for (const enough of [20, 60]) {
    await waitFor(() => doneBy() >= enough, { timeoutMs: 60_000, what: `${enough} tasks` });
    process.kill(home.supervisor(), "SIGKILL");
  }
  const codes = await Promise.all(workers.map(({ exited }) => exited));

  const lines = workers.flatMap(linesOf);
  expect({ codes, refused: lines.filter(({ refused }) => refused) }).toEqual({
    codes: Array(4).fill(0),
    refused: [],
  });
  const { tasks, completed } = await look(home);
  expect(tasks).toHaveLength(120);
  expect(tasks.filter(({ state }) => state !== "completed")).toEqual([]);
  expect(completed).toBe(120);
});

test("what a killed worker had is given to the next, and who comes back late is refused", async () => {
  const home = cliHome();
  const { task } = await home.json<TaskAnswer>(["task", "add", "Do it"]);
  const first = await worker(home, "first", { ttl: 1, hold: true });
  await waitFor(() => linesOf(first).length === 1);
  first.child.kill("SIGKILL");

  const next = await home.json<TaskAnswer>([
    "task",
    "claim",
    "--agent",
    "next",
    "--wait",
    "60s",
    "--ttl",
    "60",
  ]);

  expect(next.task).toMatchObject({ id: task.id, attempt: 2, claim: { holder: "agent:next" } });
  const old = String(linesOf(first)[0]?.token);
  const late = await home.run(["task", "complete", task.id, "--token", old, "--json"], {
    status: 5,
  });
  expect(JSON.parse(late.stderr)).toMatchObject({ error: { code: "claim_lost" } });
  const token = String(next.task.claim?.token);
  await home.run(["task", "complete", task.id, "--token", token, "--result", "by next"]);
  const shown = await home.json<TaskAnswer>(["task", "show", task.id]);
  expect(shown.task).toMatchObject({ state: "completed", result: "by next" });
});

test("a session's claim ends with its agent, and the task is there for others", async () => {
  const home = cliHome();
  await spawnAgent(home, "hello", { name: "rex" });
  const { task } = await home.json<TaskAnswer>(["task", "add", "Do it"]);
  await home.run(["task", "assign", task.id, "rex"]);
  const waits = home.start(["task", "claim", "--agent", "next", "--wait", "60s", "--json"]);

  await home.run(["terminate", "rex"]);

  const { stdout } = await waits.ended;
  expect(JSON.parse(stdout)).toMatchObject({
    task: { id: task.id, attempt: 2, because: "its session ended" },
  });
});

test("a diamond of tagged tasks: each worker is given its own kind, and who waits is woken", async () => {
  const home = cliHome();
  await home.wake();
  const client = createRpcClient({ socketPath: home.home.supervisorSocket, version });
  const ask = async <T = TaskAnswer>(name: string, input: object): Promise<T> =>
    (await client.call(`task.${name}`, { input: { ...input } })) as T;
  const add = async (title: string, tags: string[], depends_on: string[]): Promise<string> =>
    (await ask("add", { title, tags, depends_on })).task.id;
  const plan = await add("Plan", ["plan"], []);
  const code = await add("Code", ["code"], [plan]);
  const docs = await add("Docs", [], [plan]);
  const ship = await add("Ship", ["code"], [code, docs]);
  const claim = async (agent: string, tags: string[], timeout_seconds = 0) =>
    (await ask<{ task: { id: string } | null }>("claim", { agent, tags, timeout_seconds })).task
      ?.id;
  expect(await claim("coder", ["code"])).toBeUndefined();
  expect(await claim("planner", ["plan", "other"])).toBe(plan);
  // nothing but the completion wakes it: its own time is over long after this test's
  const waits = claim("coder", ["code"], 600);

  await ask("complete", { task_id: plan, agent: "planner" });
  expect(await waits).toBe(code);

  // a tagged worker does not take what has no tag, another one does
  expect(await claim("late", ["code"])).toBeUndefined();
  expect(await claim("writer", [])).toBe(docs);
  await home.run(["task", "wait", ship, "--timeout", "0"], { status: 124 });
  await ask("complete", { task_id: docs, agent: "writer" });
  await ask("cancel", { task_id: code });
  await home.run(["task", "wait", ship, "--timeout", "60s"], { status: 1 });
  expect((await ask("show", { task_id: ship })).task).toMatchObject({
    state: "blocked",
    because: `${code} was cancelled: person cancelled it`,
  });
  await ask("retry", { task_id: code });
  const drawn = await ask<{ graph: string }>("graph", { mermaid: true });
  expect(drawn.graph).toContain(`${code} --> ${ship}`);
  await expect(add("Lost", [], ["tk_none"])).rejects.toMatchObject({ code: "dependency_unknown" });
});
