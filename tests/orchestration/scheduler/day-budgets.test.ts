// needs: tmux
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Output as Budgets } from "../../../src/operations/budget/show.ts";
import { openHome, type TestHome } from "../../support/home.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

function setBudgets({ home }: TestHome, budgets: object): void {
  writeFileSync(home.config, JSON.stringify({ budgets }));
}

async function news({ app }: TestHome) {
  const events = await app.store.events.since(0, { limit: 10_000 });
  return events.flatMap(({ body }) =>
    body.type === "budget_near" || body.type === "budget_used_up" ? [body] : [],
  );
}

async function turnsOf({ app }: TestHome, runId: string) {
  const types = ["run_state_changed"];
  const events = await app.store.events.since(0, { runId, types, limit: 100 });
  return events.flatMap(({ body }) =>
    body.type === "run_state_changed" ? [[body.from, body.to, body.by, body.because]] : [],
  );
}

const patience = { timeoutMs: 60_000 };

const refused = expect.objectContaining({
  code: "budget_used_up",
  hint: expect.stringContaining("agentpool config set budgets.day_tokens"),
});

test("a used up day pauses runs, ends their sessions, and keeps more from beginning until there is more", async () => {
  const home = await openHome();
  setBudgets(home, { day_tokens: 1_000, agents: { tester: { tokens: 1_250 } } });
  const run = await startPool(home, ["!fake usage 900 200\n!fake say one", "!fake sleep 60"], {
    worker: { profile: "tester" },
  });

  const paused = await waitFor(
    async () => {
      const found = await home.app.store.runs.get(run.id);
      return found?.state === "paused" ? found : undefined;
    },
    { ...patience, what: "the pause" },
  );

  expect(paused.because).toMatch(
    /^today all sessions used 1100 of 1000 tokens \(budgets\.day_tokens\); it goes on by itself after .*: agentpool config set budgets\.day_tokens N$/,
  );
  await waitFor(async () => (await home.app.store.sessions.live()).length === 0, {
    ...patience,
    what: "the end of its sessions",
  });
  const [done, given] = await tasksOf(home, run.id);
  // its last words used up the day, and it was over a moment later
  expect(done).toMatchObject({ state: "completed", result: "one" });
  // it lost nothing but its place
  expect(given).toMatchObject({ state: "pending", attempt: 0, claim: null });
  expect(given?.because).toContain("today's 1000 tokens are used up (budgets.day_tokens)");

  await expect(home.ask("run.resume", { run_id: run.id })).rejects.toEqual(refused);
  await expect(startPool(home, ["hello"])).rejects.toEqual(refused);
  await expect(
    home.ask("workers.start", { name: "w", provider_id: "fake", min: 1 }),
  ).rejects.toEqual(refused);
  // whoever comes after one that was killed tells nothing twice, and begins nothing
  await home.restart();
  await home.ask("run.show", { run_id: run.id });
  const told = await news(home);
  expect(told).toHaveLength(2);
  expect(Object.fromEntries(told.map(({ type, setting }) => [type, setting]))).toEqual({
    budget_near: "budgets.agents.tester.tokens",
    budget_used_up: "budgets.day_tokens",
  });
  const { budgets, unpriced, state } = await home.ask<Budgets>("budget.show", {});
  expect(state).toBe("over");
  expect(unpriced).toEqual([expect.objectContaining({ tokens: 1_100 })]);
  expect(budgets.map(({ of, used, used_percent: percent }) => [of, used, percent])).toEqual([
    ["all sessions", 1_100, 110],
    ["profile tester", 1_100, 88],
  ]);

  setBudgets(home, { day_tokens: 10_000 });
  // whoever comes after one that was killed finds that there is something left
  await home.restart();
  const again = await waitFor(
    async () => {
      const [, task] = await tasksOf(home, run.id);
      return task?.claim?.sessionId ? task : undefined;
    },
    { ...patience, what: "its second session" },
  );
  expect(again).toMatchObject({ state: "claimed", attempt: 1 });
  expect(await turnsOf(home, run.id)).toEqual([
    ["running", "paused", "policy:budget", paused.because],
    ["paused", "running", "policy:budget", expect.stringContaining("may use today was raised")],
  ]);
  expect(await home.app.store.runs.get(run.id)).toMatchObject({ state: "running", because: null });
  await home.ask("run.cancel", { run_id: run.id });
});

test("an agent without budget leaves its task to the next of its list, or lets it wait and says so", async () => {
  const home = await openHome();
  setBudgets(home, { agents: { codex: { tokens: 0 }, "fake-completed": { minutes: 0 } } });
  const fallback = [{ providerId: "fake", model: null }];
  const run = await startPool(home, ["!fake say one"], {
    worker: { providerId: "codex-cli", fallback },
  });

  const held = await waitFor(async () => {
    const [task] = await tasksOf(home, run.id);
    return task?.because?.startsWith("waits until ") === true ? task : undefined;
  }, patience);

  expect(held).toMatchObject({ state: "pending", attempt: 0, execution: { providerId: "fake" } });
  expect(held.because).toContain(
    "of agent fake are used up (budgets.agents.fake-completed.minutes)",
  );
  expect(await sessionsOf(home, run.id)).toEqual([]);
  const { task } = await home.ask<{ task: { because: string } }>("task.show", { task_id: held.id });
  expect(task.because).toBe(held.because);

  setBudgets(home, {});
  // the settings are read with the next thing that happens
  await home.ask("run.pause", { run_id: run.id });
  await home.ask("run.resume", { run_id: run.id });
  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  expect((await tasksOf(home, run.id))[0]).toMatchObject({ result: "one", attempt: 1 });
});

test("what waits for its agent's budget goes on with the next day", async () => {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const home = await openHome({ now });
  setBudgets(home, { agents: { fake: { tokens: 1_000 } } });
  const run = await startPool(home, ["!fake usage 900 200\n!fake say one", "!fake say two"], {
    limits: { concurrency: 1 },
  });
  const [, held] = await waitFor(async () => {
    const tasks = await tasksOf(home, run.id);
    return tasks[1]?.because?.startsWith("waits until ") === true ? tasks : undefined;
  }, patience);
  expect(held?.because).toContain("1000 tokens of agent fake are used up");
  expect(await home.app.store.runs.get(run.id)).toMatchObject({ state: "running" });

  ahead = Date.parse(held?.because?.slice("waits until ".length).split(": ")[0] ?? "") - now();
  // a clock that is set tells nobody
  await home.ask("run.pause", { run_id: run.id });
  await home.ask("run.resume", { run_id: run.id });

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  expect((await tasksOf(home, run.id))[1]).toMatchObject({ result: "two", because: null });
});

test("with the next day those go on that the budget paused, and no run that a person paused", async () => {
  let ahead = 0;
  const home = await openHome({ now: () => Date.now() + ahead });
  const state = async ({ id }: { readonly id: string }) => {
    const { run } = await home.ask<{ run: { state: string; because: string } }>("run.show", {
      run_id: id,
    });
    return run;
  };
  setBudgets(home, { day_tokens: 1_000 });
  const third = await startPool(home, ["!fake sleep 600"]);
  await home.ask("run.pause", { run_id: third.id });
  const second = await startPool(home, ["!fake sleep 600"]);
  const first = await startPool(home, ["!fake usage 900 200\n!fake say one", "!fake sleep 600"]);
  for (const run of [first, second]) {
    await waitFor(async () => (await state(run)).state === "paused", patience);
  }
  await home.ask("run.pause", { run_id: second.id });
  const its = { state: "paused", because: "person paused it" };
  expect(await state(second)).toMatchObject(its);

  ahead = 86_400_000;
  // a clock that is set tells nobody
  const other = await startPool(home, ["!fake say other"]);

  await waitFor(async () => (await state(first)).state === "running", patience);
  expect((await turnsOf(home, first.id)).at(-1)).toEqual([
    "paused",
    "running",
    "policy:budget",
    "the day whose budget was used up is over",
  ]);
  expect(await runOver(home, other.id)).toMatchObject({ state: "completed" });
  expect(await state(second)).toMatchObject(its);
  expect(await state(third)).toMatchObject(its);
  await home.ask("run.cancel", { run_id: first.id });
});

test("a group of workers starts none while the day is used up, and says why", async () => {
  const home = await openHome();
  await home.ask("workers.start", { name: "w", provider_id: "fake", max: 1 });
  setBudgets(home, { day_minutes: 0 });

  await home.ask("task.add", { title: "hello" });

  const group = await waitFor(async () => {
    const found = await home.app.store.workerGroups.resolve("w");
    return found?.hold ? found : undefined;
  }, patience);
  expect(group.hold?.because).toBe("today's 0 minutes are used up (budgets.day_minutes)");
  expect(group.seats).toEqual([]);
  await home.ask("workers.stop", { workers: "w" });
});
