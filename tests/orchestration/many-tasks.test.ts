import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Board } from "../../src/orchestration/board/board.ts";
import { TaskSteps } from "../../src/orchestration/board/task-steps.ts";
import { Claims } from "../../src/orchestration/claims/claims.ts";
import { drawTree } from "../../src/operations/task/draw-graph.ts";
import { openStore } from "../../src/store/open.ts";
import { anybody, want } from "../support/task-book.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Processor time of this process, which others on the machine do not lengthen. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

test("of 10,000 tasks in a deep graph the next is found, listed and drawn as quickly as of a few", async () => {
  const file = join(tempFolder(), "agentpool.db");
  const store = await openStore({ file, mode: "write", now: 0 });
  const parts = { store, log: () => undefined, now: Date.now };
  const steps = new TaskSteps(store);
  const board = new Board(parts, steps);
  const claims = new Claims(parts, steps);
  onTestFinished(async () => {
    claims.close();
    await store.close();
  });
  await claims.open();
  // a run of 5,000 in a row, and 5,000 that wait for nothing and suit nobody but one
  await board.add(
    Array.from({ length: 10_000 }, (_, n) =>
      n < 5_000
        ? want({ key: `k${n}`, dependsOn: n === 0 ? [] : [`k${n - 1}`], tags: ["deep"] })
        : want({
            key: `k${n}`,
            requires: { providerId: "p", model: null, role: null },
            priority: 9,
          }),
    ),
    { runId: "rn_1", author: "person", idempotencyKey: null },
  );
  const claimant = { ...anybody, runId: "rn_1" };
  const step = async (n: number): Promise<void> => {
    const wish = { holder: "agent:a", sessionId: null, ttlMs: 60_000, requestKey: `r${n}` };
    const task = await claims.claimNext(claimant, wish);
    expect(task?.key).toBe(`k${n}`);
    const proof = { token: task?.claim?.token ?? 0, holder: null };
    await claims.complete(task?.id ?? "", proof, { result: null, artifacts: [] });
  };
  await step(0);

  const before = processorMs();
  for (let n = 1; n <= 100; n++) await step(n);
  expect((processorMs() - before) / 100).toBeLessThan(5);

  // asked for each task of a run that is cancelled
  const asking = processorMs();
  const alone = await store.tasks.byKeys(
    "rn_1",
    Array.from({ length: 200 }, (_, n) => `k${6_000 + n}`),
  );
  for (const { id } of alone) expect((await store.tasks.waitingFor(id)).dependants).toEqual([]);
  expect((processorMs() - asking) / 200).toBeLessThan(0.5);

  const { tasks, total } = await store.tasks.list({ runId: "rn_1", limit: 10_000 });
  expect([tasks.length, total]).toEqual([10_000, 10_000]);
  const drawing = processorMs();
  const graph = drawTree(
    tasks.map(({ id, title, state, because, dependsOn }) => ({
      id,
      title,
      state,
      because,
      depends_on: dependsOn,
    })),
  );
  expect(graph.split("\n")).toHaveLength(10_000);
  expect(processorMs() - drawing).toBeLessThan(1_000);
});
