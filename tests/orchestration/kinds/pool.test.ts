import { expect, test } from "vitest";
import { pool, poolResults } from "../../../src/orchestration/kinds/pool.ts";
import { SimulatedRun } from "../../support/orchestration/simulated-run.ts";
import { poolTask, worker } from "../../support/orchestration/workers.ts";

test("a pool wants every task once, each with its own settings, and ends when all are done", () => {
  const run = new SimulatedRun(pool, {
    tasks: [
      poolTask("a", { priority: 5, tags: ["x"], maxAttempts: 1 }),
      poolTask("b", { worker: worker({ model: "big", timeoutMs: 5 }) }),
    ],
  });
  run.settle();
  expect([...run.tasks.keys()]).toEqual(["task-0001", "task-0002"]);
  expect(run.task("task-0001")).toMatchObject({ priority: 5, tags: ["x"], maxAttempts: 1 });
  expect(run.task("task-0002").execution).toMatchObject({
    model: "big",
    timeoutMs: 5,
    endsWith: "turn",
  });

  run.complete("task-0002", "two");
  expect(run.settle().end).toBeNull();
  run.complete("task-0001", "one");
  run.settle();
  expect(run.run).toMatchObject({ state: "completed", because: null });
  expect(poolResults(run.facts()).map(({ result }) => result)).toEqual(["one", "two"]);
});

test("a task whose entry is wrong fails alone, with the reason, in its place", () => {
  const run = new SimulatedRun(pool, {
    tasks: [poolTask("a"), poolTask("bad", { worker: { refused: "no provider" } }), poolTask("c")],
  });
  run.settle();
  expect(run.task("task-0002")).toMatchObject({ state: "failed", error: "no provider" });
  run.complete("task-0001", "1");
  run.complete("task-0003", "3");
  run.settle();
  expect(run.run.state).toBe("partial");
  expect(run.run.because).toBe("1 of 3 tasks without a result: bad: no provider");
  expect(poolResults(run.facts()).map(({ title }) => title)).toEqual(["a", "bad", "c"]);
});

test("a pool in which nothing succeeded failed; one in which all was taken back is cancelled", () => {
  const failed = new SimulatedRun(pool, { tasks: [poolTask("a"), poolTask("b")] });
  failed.settle();
  failed.fail("task-0001", "boom\nand a long trace");
  failed.set("task-0002", { state: "cancelled", because: "by a person" });
  failed.settle();
  expect(failed.run).toMatchObject({
    state: "failed",
    because: "2 of 2 tasks without a result: a: boom; b: cancelled: by a person",
  });

  const cancelled = new SimulatedRun(pool, { tasks: [poolTask("a")] });
  cancelled.settle();
  cancelled.set("task-0001", { state: "cancelled", because: "by a person" });
  cancelled.settle();
  expect(cancelled.run.state).toBe("cancelled");
});

test("one that fails fast takes back the rest when a task failed for good, and waits for that", () => {
  const run = new SimulatedRun(
    pool,
    { tasks: [poolTask("a"), poolTask("b"), poolTask("c")] },
    { failFast: true },
  );
  run.settle();
  run.complete("task-0001", "1");
  run.fail("task-0002", "boom");
  const step = run.ask();
  expect(step.end).toBeNull();
  expect(step.cancel).toEqual([
    { key: "task-0003", because: "the run fails fast, and this failed: b: boom" },
  ]);
  run.apply(step);
  run.settle();
  expect(run.run.state).toBe("partial");
});

test("what a person put into the run belongs to it: the run ends after that", () => {
  const run = new SimulatedRun(pool, { tasks: [poolTask("a")] });
  run.settle();
  run.tasks.set("tk_added", { ...run.task("task-0001"), id: "tk_added", key: null, title: "more" });
  run.complete("task-0001", "1");
  expect(run.settle().end).toBeNull();
  run.complete("tk_added", "2");
  run.settle();
  expect(run.run.state).toBe("completed");
  expect(pool.order(run.facts())).toEqual(["task-0001", "tk_added"]);
});

test("the reasons of many failures stay short, and none is left uncounted", () => {
  const run = new SimulatedRun(pool, {
    tasks: Array.from({ length: 9 }, (_, n) =>
      poolTask(`t${n}`, { worker: { refused: "x".repeat(1000) } }),
    ),
  });
  run.settle();
  expect(run.run.state).toBe("failed");
  expect(run.run.because).toContain("9 of 9 tasks");
  expect(run.run.because).toContain("and 4 more");
  expect(run.run.because?.length).toBeLessThan(1500);
});
