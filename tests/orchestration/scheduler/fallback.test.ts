// needs: tmux
import { expect, test } from "vitest";
import { openHome, type TestHome } from "../../support/home.ts";
import { runOver, sessionsOf, startPool, tasksOf } from "../../support/orchestration/pool-run.ts";
import { waitFor } from "../../support/wait.ts";

async function switches({ app }: TestHome, runId: string) {
  const events = await app.store.events.since(0, { runId, limit: 1000 });
  return events.flatMap(({ body }) => (body.type === "task_switched" ? [body] : []));
}

test("an agent that cannot be started is replaced by the next of the list, and each change is told", async () => {
  const home = await openHome();
  const fallback = [
    { providerId: "nobody-either", model: null },
    { providerId: "fake", model: "small" },
  ];
  const worker = { providerId: "nobody", model: "large", fallback };
  const run = await startPool(home, ["!fake say one"], { worker });

  expect(await runOver(home, run.id)).toMatchObject({ state: "completed" });
  const [task] = await tasksOf(home, run.id);
  // nobody but the last one failed or did anything
  expect(task).toMatchObject({ attempt: 1, result: "one", requires: { providerId: "fake" } });
  expect(await switches(home, run.id)).toMatchObject([
    { from_provider_id: "nobody", from_model: "large", provider_id: "nobody-either", model: null },
    { from_provider_id: "nobody-either", provider_id: "fake", model: "small" },
  ]);
});

test("without a list nobody is replaced, and the task fails with the reason", async () => {
  const home = await openHome();
  const run = await startPool(home, ["hello"], { worker: { providerId: "nobody" } });

  expect(await runOver(home, run.id)).toMatchObject({ state: "failed" });
  expect(await switches(home, run.id)).toEqual([]);
});

test("an agent that meets its limit leaves its task to the next of the list, who is asked when it has ended", async () => {
  const home = await openHome();
  const fallback = [{ providerId: "fake-completed", model: null }];
  const run = await startPool(home, ["hello"], { worker: { providerId: "fake-limit", fallback } });

  const [switched] = await waitFor(async () => {
    const found = await switches(home, run.id);
    return found.length > 0 ? found : undefined;
  });

  expect(switched).toMatchObject({ from_provider_id: "fake-limit", provider_id: "fake-completed" });
  const first = await waitFor(async () => {
    const [session] = await sessionsOf(home, run.id);
    return session?.endedAt == null ? undefined : session;
  });
  const events = await home.app.store.events.since(0, { limit: 1000 });
  const ended = events.find(
    ({ body, sessionId }) => body.type === "session_exited" && sessionId === first.id,
  );
  const claims = events.filter(({ body }) => body.type === "task_claimed").slice(1);
  expect(claims.every(({ seq }) => seq > (ended?.seq ?? Infinity))).toBe(true);
  const [task] = await tasksOf(home, run.id);
  expect(task?.execution).toMatchObject({ providerId: "fake-completed", fallback: [] });
  await home.ask("run.cancel", { run_id: run.id });
});

test("what was refused before anybody had it is not tried again", async () => {
  const home = await openHome();
  const refused = { title: "odd", body: "hello", worker: { refused: "its entry is wrong" } };
  const run = await startPool(home, [refused, "!fake fail no"]);
  expect(await runOver(home, run.id)).toMatchObject({ state: "failed" });
  const before = await tasksOf(home, run.id);

  const { retried } = await home.ask<{ retried: string[] }>("run.retry", { run_id: run.id });

  expect(retried).toEqual([before[1]?.id]);
  await waitFor(async () => (await tasksOf(home, run.id))[1]?.attempt === 2);
  expect(await runOver(home, run.id)).toMatchObject({ state: "failed" });
});
