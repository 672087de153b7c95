// needs: tmux
import { expect, test } from "vitest";
import { openHome } from "../../support/home.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";

const reuse = { worker: { reuse: true as const } };

test("one session does tasks that are alike one after the other, each with its own result", async () => {
  const home = await openHome();
  const run = await startPool(home, ["!fake say one", "!fake say two", "!fake say three"], {
    ...reuse,
    limits: { concurrency: 1 },
  });

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed", because: null });

  const tasks = await tasksOf(home, run.id);
  expect(tasks.map(({ result }) => result)).toEqual(["one", "two", "three"]);
  const ids = tasks.map(({ claim }) => claim?.sessionId);
  expect(new Set(ids).size).toBe(1);
  const sessions = await sessionsOf(home, run.id);
  expect(sessions.map(({ state }) => state)).toEqual(["completed"]);
  const turns = await home.app.store.turns.ofSession(ids[0] ?? "");
  expect(turns.map(({ result }) => result)).toEqual(["one", "two", "three"]);
});

test("a session that did not take its task, or failed at it, is ended and does no other", async () => {
  const home = await openHome();
  // nobody can be given the second as a text: it is a command of the agent's own
  const bodies = [
    "!fake say one",
    "/help",
    "!fake say three",
    "!fake fail broken",
    "!fake say five",
  ];
  const inOrder = bodies.map((body, index) => ({ body, priority: -index }));
  const run = await startPool(home, inOrder, { ...reuse, limits: { concurrency: 1 } });

  expect(await runOver(home, run.id)).toMatchObject({ state: "partial" });

  const tasks = await tasksOf(home, run.id);
  expect(tasks.map(({ state, result }) => result ?? state)).toEqual([
    "one",
    "failed",
    "three",
    "failed",
    "five",
  ]);
  const sessions = (await sessionsOf(home, run.id)).map(({ id }) => id);
  expect(sessions).toHaveLength(3);
  const [first, second, third] = sessions;
  expect(tasks[1]?.pastClaim).toMatchObject({ as: "released", holder: `session:${first}` });
  const ids = tasks.map(({ claim }) => claim?.sessionId);
  expect(ids).toEqual([first, null, second, second, third]);
});
