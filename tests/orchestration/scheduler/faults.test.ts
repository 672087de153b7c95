// needs: tmux
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openHome } from "../../support/home.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { worker } from "../../support/orchestration/workers.ts";
import { waitFor } from "../../support/wait.ts";

test("one that fails and one whose folder is not there harm no other, and the end says which", async () => {
  const home = await openHome();
  const run = await startPool(home, [
    "!fake say one",
    "!fake fail broken",
    {
      title: "nowhere",
      body: "hello",
      worker: worker({ mode: "read_only", repoPath: join(home.folder, "no") }),
    },
    "!fake say four",
    "!fake say five",
  ]);

  const over = await runOver(home, run.id);

  expect(over.state).toBe("partial");
  expect(over.because).toContain("2 of 5 tasks without a result");
  expect((await tasksOf(home, run.id)).map(({ state, result }) => result ?? state)).toEqual([
    "one",
    "failed",
    "failed",
    "four",
    "five",
  ]);
  const [, failing, nowhere] = await tasksOf(home, run.id);
  expect(failing?.error).toContain("broken");
  expect(nowhere?.error).toContain("Nothing exists at this path");
  expect(await sessionsOf(home, run.id)).toHaveLength(4);
});

test("when all fail the run failed", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake fail a", "!fake crash"]);

  expect(await runOver(home, run.id)).toMatchObject({ state: "failed" });
});

test("an agent that ends with its answer, before anybody looked, is not lost", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say quick\n!fake exit 0", "!fake exit 0"]);

  expect(await runOver(home, run.id)).toMatchObject({ state: "partial" });
  expect((await tasksOf(home, run.id)).map(({ state, result }) => [state, result])).toEqual([
    ["completed", "quick"],
    ["failed", null],
  ]);
});

test("what is lost with the tmux server is given out again as soon as its end is proven, also where one attempt is all there is", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake sleep 1\n!fake say one"], { task: { maxAttempts: 1 } });
  await waitFor(async () =>
    (await home.app.store.sessions.live()).some(({ state }) => state === "running"),
  );

  execFileSync("tmux", ["-S", home.home.tmuxSocket, "kill-server"]);

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  const events = await home.app.store.events.since(0, { runId: run.id, limit: 100 });
  const of = (type: string) => events.filter(({ body }) => body.type === type);
  const [released] = of("task_released");
  expect(released?.body).toMatchObject({
    because: expect.stringContaining("its session ended lost") as string,
    not_before: null,
  });
  expect(of("task_claimed")).toHaveLength(2);
  expect(await tasksOf(home, run.id)).toMatchObject([{ attempt: 2, maxAttempts: 2 }]);
});

test("failing fast takes back what has not begun and ends what has", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake sleep 60", "!fake fail broken", "a", "b"], {
    failFast: true,
    limits: { concurrency: 2 },
  });

  const over = await runOver(home, run.id);

  expect(over.state).toBe("failed");
  expect((await tasksOf(home, run.id)).map(({ state }) => state)).toEqual([
    "cancelled",
    "failed",
    "cancelled",
    "cancelled",
  ]);
  expect(await home.app.store.sessions.live()).toEqual([]);
  expect(await sessionsOf(home, run.id)).toHaveLength(2);
});

test("a task that takes too long fails, and its session is ended before", async () => {
  const home = await openHome();
  const slowly = worker({ mode: "read_only", repoPath: home.folder, timeoutMs: 2_500 });
  const run = await startPool(home, [
    { title: "slow", body: "!fake sleep 60", worker: slowly },
    "!fake say done",
  ]);

  expect(await runOver(home, run.id)).toMatchObject({ state: "partial" });
  const [slow] = await tasksOf(home, run.id);
  expect(slow).toMatchObject({ state: "failed", error: "it took longer than 3 s" });
  expect(await home.app.store.sessions.live()).toEqual([]);
});

test("a paused run begins nothing more, and goes on when it is resumed", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake sleep 1\n!fake say one", "!fake say two"], {
    limits: { concurrency: 1 },
  });
  await waitFor(async () => (await sessionsOf(home, run.id)).length === 1);
  await home.ask("run.pause", { run_id: run.id });
  await waitFor(async () => (await tasksOf(home, run.id))[0]?.state === "completed");

  expect((await tasksOf(home, run.id)).map(({ state }) => state)).toEqual(["completed", "pending"]);
  expect(await home.app.store.runs.get(run.id)).toMatchObject({ state: "paused" });
  await home.ask("run.resume", { run_id: run.id });
  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
});

test("cancelling a run ends its sessions and takes its environment away", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake sleep 60", "!fake sleep 60", "never"], {
    limits: { concurrency: 2 },
  });
  const environment = join(home.home.run(run.id), "environment.json");
  await waitFor(async () => (await sessionsOf(home, run.id)).length === 2);
  expect(existsSync(environment)).toBe(true);

  const { run: cancelled } = await home.ask<{ run: { state: string } }>("run.cancel", {
    run_id: run.id,
  });

  expect(cancelled.state).toBe("cancelled");
  expect(await home.app.store.sessions.live()).toEqual([]);
  expect((await tasksOf(home, run.id)).map(({ state }) => state)).toEqual(
    Array.from({ length: 3 }, () => "cancelled"),
  );
  await waitFor(() => !existsSync(environment));
});

test("what failed is done again under its id, and what is completed stays", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say one", "!fake fail no"]);
  await runOver(home, run.id);
  const before = await tasksOf(home, run.id);

  const { retried } = await home.ask<{ retried: string[] }>("run.retry", { run_id: run.id });

  expect(retried).toEqual([before[1]?.id]);
  await waitFor(async () => (await tasksOf(home, run.id))[1]?.attempt === 2);
  expect(await runOver(home, run.id)).toMatchObject({ state: "partial" });
  expect(await sessionsOf(home, run.id)).toHaveLength(3);
});

test("a budget of tokens stops the work, and a turn whose last words used it up keeps its result", async () => {
  const home = await openHome();
  const using = (said: string): string => `!fake usage 500 100\n!fake say ${said}`;
  const run = await startPool(home, [using("one"), using("two"), "never"], {
    limits: { concurrency: 1, tokens: 1_000 },
  });

  const over = await runOver(home, run.id);

  expect(over).toMatchObject({ state: "partial" });
  expect(over.because).toContain("its budget of 1000 tokens is spent: 1200 were used");
  expect((await tasksOf(home, run.id)).map(({ state }) => state)).toEqual([
    "completed",
    // an agent tells what it used a moment before its turn is over
    "completed",
    "cancelled",
  ]);
});

test("a run whose last turn used up its budget is completed", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake usage 900 200\n!fake say all"], {
    limits: { tokens: 1_000 },
  });

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
});

test("of the turns that go on when the budget is used up those that soon end keep their results", async () => {
  const home = await openHome();
  const run = await startPool(
    home,
    [
      "!fake usage 900 200\n!fake sleep 2\n!fake say spent",
      "!fake sleep 3.5\n!fake say late",
      "!fake sleep 600",
      "never",
    ],
    { limits: { concurrency: 3, tokens: 1_000 } },
  );

  const over = await runOver(home, run.id);

  expect(over).toMatchObject({ state: "partial" });
  expect((await tasksOf(home, run.id)).map(({ state, result }) => [state, result])).toEqual([
    ["completed", "spent"],
    ["completed", "late"],
    ["cancelled", null],
    ["cancelled", null],
  ]);
  expect(await home.app.store.sessions.live()).toEqual([]);
});

interface View {
  readonly run: { readonly id: string };
}

test("folders outside of what is allowed, by their names or by a link, fail their own task or stage alone", async () => {
  const home = await openHome();
  const at = (...parts: string[]): string => join(home.folder, ...parts);
  for (const folder of ["ws/deep", "ws-evil"]) mkdirSync(at(folder), { recursive: true });
  symlinkSync(at("ws-evil"), at("ws", "out"));
  mkdirSync(dirname(home.home.config), { recursive: true });
  const allowed = JSON.stringify([at("ws")]);
  writeFileSync(home.home.config, `workspace: { allowed_roots: ${allowed} }\n`);
  const begin = async (kind: string, spec: object): Promise<string> => {
    const whole = { provider: "fake", isolation: "read_only", repo: at("ws"), ...spec };
    const asked = { kind, spec: whole, repo_path: at("ws") };
    return (await home.ask<View & Record<string, unknown>>("run.start", asked)).run.id;
  };
  const refused = /^No agent may work in .+ws-evil/;

  const folders = ["ws", "ws/deep", "ws-evil", "ws/out", "ws"];
  const tasks = folders.map((folder, n) => ({ prompt: `!fake say ${n}`, repo: at(folder) }));
  const pool = await begin("pool", { tasks });
  expect(await runOver(home, pool)).toMatchObject({ state: "partial" });
  expect((await tasksOf(home, pool)).map(({ result, error }) => result ?? error)).toEqual([
    "0",
    "1",
    expect.stringMatching(refused),
    expect.stringMatching(refused),
    "4",
  ]);
  expect(await sessionsOf(home, pool)).toHaveLength(3);

  const stages = [
    { name: "a", prompt: "!fake say first" },
    { name: "b", prompt: "!fake say second", repo: at("ws/out") },
    { name: "c", prompt: "!fake say third" },
  ];
  const pipeline = await begin("pipeline", { stages });
  const over = await runOver(home, pipeline);
  expect(over).toMatchObject({ state: "partial", output: "first" });
  expect(over.because).toContain("stage b (2 of 3): No agent may work in");
  expect(await sessionsOf(home, pipeline)).toHaveLength(1);
});
