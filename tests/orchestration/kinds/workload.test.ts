import { expect, test } from "vitest";
import { estimate } from "../../../src/domain/estimate.ts";
import { workloadOf } from "../../../src/orchestration/kinds/workload.ts";
import { plannedTeam, poolTask, swarmSpec, worker } from "../../support/orchestration/workers.ts";

const past = [1, 2, 3].map((minutes) => ({
  providerId: "fake",
  model: null,
  role: null,
  durationMs: minutes * 60_000,
  tokens: minutes * 100,
  usd: null,
}));

function tasksOf(...[kind, spec]: Parameters<typeof workloadOf>) {
  return estimate(workloadOf(kind, spec), past, 2).tasks;
}

test("a pool has its tasks, but for those that nobody can do", () => {
  const tasks = [poolTask("a"), poolTask("b"), poolTask("c", { worker: { refused: "no" } })];
  expect(tasksOf("pool", { tasks })).toEqual({ low: 2, high: 2 });
  const { durationMs, tokens } = estimate(workloadOf("pool", { tasks }), past, 1);
  expect(durationMs).toEqual({ low: 180_000, high: 300_000 });
  expect(tokens).toEqual({ low: 300, high: 500 });
});

test("a pipeline has its stages one after the other, from where it begins", () => {
  const prompt = { kind: "prompt", prompt: "x", worker: worker() };
  const each = { ...prompt, kind: "each", most: 5 };
  const pool = { kind: "pool", tasks: [poolTask("a"), poolTask("b")], allowPartial: false };
  const stages = [prompt, each, pool].map((work, n) => ({ name: `s${n}`, work }));
  expect(tasksOf("pipeline", { stages, from: null })).toEqual({ low: 4, high: 8 });
  expect(tasksOf("pipeline", { stages, from: "s2" })).toEqual({ low: 2, high: 2 });
  const steps = workloadOf("pipeline", { stages, from: null }).map(({ step }) => step);
  expect(steps).toEqual([0, 1, 2, 2]);
});

test("of a swarm and a team it is known what they need besides the work", () => {
  expect(tasksOf("swarm", swarmSpec({ count: 5 }))).toEqual({ low: 7, high: 8 });
  const reviewers = [{ name: "architect", focus: null, worker: worker() }];
  const approval = { by: "lead", rounds: 3, timeoutMs: 1, policyMaxTasks: null } as const;
  const team = plannedTeam({ reviewers, approval, maxTasks: 10 });
  expect(tasksOf("team", team)).toEqual({ low: 6, high: 19 });
  expect(tasksOf("team", { form: "tasks", lead: worker(), tasks: [poolTask("a")] })).toEqual({
    low: 2,
    high: 2,
  });
});
