import { expect, test } from "vitest";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { plannedTasks, type PoolSpec } from "../../../src/orchestration/kinds/pool.ts";
import { planRun } from "../../../src/orchestration/spec/plan-run.ts";
import { asDocument } from "../../../src/orchestration/spec/run-document.ts";

function plan(tasks: readonly unknown[]): PoolSpec {
  const { spec } = planRun(asDocument({ kind: "pool", tasks }), {
    kind: "pool",
    flags: { providerId: "fake" },
    base: { mode: "worktree", repoPath: "/cwd", attempts: 1 },
    limits: {},
    profiles: new Map(),
    provider: (id) => ({ id }),
  });
  return spec as PoolSpec;
}

function why(tasks: readonly unknown[]): string {
  try {
    plan(tasks);
  } catch (thrown) {
    return AgentpoolError.from(thrown).why ?? "";
  }
  return "nothing is wrong";
}

test("a task of a list waits for those whose places it names", () => {
  const tasks = plannedTasks(
    plan([{ prompt: "ship", depends_on: [2, 3, 3] }, "build", { prompt: "test", depends_on: [2] }]),
  );

  expect(tasks.map(({ key, dependsOn }) => [key, dependsOn])).toEqual([
    ["task-0001", ["task-0002", "task-0003"]],
    ["task-0002", []],
    ["task-0003", ["task-0002"]],
  ]);
});

test("a place that is not there, and a circle, keep the run from beginning", () => {
  expect(why(["one", { prompt: "two", depends_on: [3] }])).toBe(
    "tasks[1].depends_on names task 3, and there are 2",
  );
  expect(why([{ prompt: "one", depends_on: [1] }])).toContain("leads in a circle");
  expect(
    why(["zero", { prompt: "one", depends_on: [3] }, { prompt: "two", depends_on: [1, 2] }]),
  ).toBe("tasks[1].depends_on leads in a circle: it waits for itself");
});
