import { describe, expect, test } from "vitest";
import { executionOfAdded, team } from "../../../src/orchestration/kinds/team.ts";
import type { ApprovalGate, ListedTeam } from "../../../src/orchestration/kinds/team-spec.ts";
import { SimulatedRun } from "../../support/orchestration/simulated-run.ts";
import { plannedTeam, poolTask, worker } from "../../support/orchestration/workers.ts";

const plan = JSON.stringify({
  title: "Two steps",
  description: "First one, then the other.",
  phases: [
    { name: "build", tasks: [{ title: "a", description: "build a" }, "build b"] },
    { name: "check", tasks: [{ title: "t", description: "test it", role: "tester" }] },
  ],
});
const reviewers = ["architect", "devils-advocate"].map((name) => ({
  name,
  focus: null,
  worker: worker({ profile: name, mode: "read_only" }),
}));

function start(spec: unknown = plannedTeam(), run = {}) {
  const simulated = new SimulatedRun(team, spec, run);
  simulated.settle();
  return simulated;
}

function gate(over: Partial<ApprovalGate>) {
  return plannedTeam({
    approval: { by: "person", rounds: 2, timeoutMs: 1000, policyMaxTasks: null, ...over },
  });
}

const workKeys = (run: SimulatedRun) =>
  [...run.tasks.keys()].filter((key) => key.startsWith("phase"));

describe("a team with a plan", () => {
  test("works phase after phase once a person said yes, and not a task before", () => {
    const run = start();
    expect(run.claimable()).toEqual(["plan-1"]);
    run.complete("plan-1", `My plan:\n${plan}`);
    run.settle();
    expect(workKeys(run)).toEqual([]);
    expect(run.approvals.get("plan-1")).toMatchObject({
      kind: "plan",
      requestedBy: "session:ap_plan-1",
    });
    expect(run.approvals.get("plan-1")?.body).toContain("- t (tester)\n  test it");
    expect(run.settle().end).toBeNull();

    run.decide("plan-1", true);
    run.settle();
    expect(run.claimable()).toEqual(["phase-01.task-01", "phase-01.task-02"]);
    expect(run.task("phase-02.task-01")).toMatchObject({
      state: "blocked",
      dependsOn: [run.task("phase-01.task-01").id, run.task("phase-01.task-02").id],
      requires: { providerId: "fake", model: "small", role: "tester" },
      execution: { profile: "tester", endsWith: "completion" },
    });
    run.complete("phase-01.task-01", "A");
    run.complete("phase-01.task-02", "B");
    run.settle();
    expect(run.claimable()).toEqual(["phase-02.task-01"]);
    run.complete("phase-02.task-01", "T");
    run.settle();
    expect(run.task("synthesis-0003").execution?.profile).toBe("lead");
    run.complete("synthesis-0003", "done");
    run.settle();
    expect(run.run).toMatchObject({ state: "completed", output: "done" });
    expect(team.order(run.facts())).toEqual([
      "plan-1",
      "phase-01.task-01",
      "phase-01.task-02",
      "phase-02.task-01",
      "synthesis-0003",
    ]);
  });

  test("is reviewed by all at once, and the planner has to answer each before anybody is asked", () => {
    const run = start(plannedTeam({ reviewers }));
    run.complete("plan-1", plan);
    run.settle();
    expect(run.claimable()).toEqual(["review-1-architect", "review-1-devils-advocate"]);
    run.complete("review-1-architect", "too big");
    run.complete("review-1-devils-advocate", "why at all?");
    run.settle();
    expect(run.task("revision-1").body).toContain("why at all?");
    const answers = [
      { reviewer: "architect", answer: "made smaller" },
      { reviewer: "devils-advocate", answer: "because" },
    ];
    const before = structuredClone(run.tasks);
    run.complete("revision-1", JSON.stringify({ ...JSON.parse(plan), answers }));
    run.settle();
    const body = run.approvals.get("plan-1")?.body ?? "";
    for (const text of ["too big", "why at all?", "to architect: made smaller"]) {
      expect(body).toContain(text);
    }
    expect(run.approvals.get("plan-1")?.requestedBy).toBe("session:ap_revision-1");

    run.tasks = before;
    run.approvals.clear();
    run.complete("revision-1", JSON.stringify({ ...JSON.parse(plan), answers: answers.slice(1) }));
    run.settle();
    expect(run.approvals.size).toBe(0);
    expect(run.task("plan-2").body).toContain("- it has no answer to the review of architect");
  });

  test("goes on without a review that failed, and says so; without any it does not", () => {
    const run = start(plannedTeam({ reviewers }));
    run.complete("plan-1", plan);
    run.settle();
    run.fail("review-1-architect", "limit");
    run.complete("review-1-devils-advocate", "fine");
    run.settle();
    const answers = { "devils-advocate": "thanks" };
    run.complete("revision-1", JSON.stringify({ ...JSON.parse(plan), answers }));
    run.settle();
    expect(run.approvals.get("plan-1")?.body).toContain("no result: limit");

    const none = start(plannedTeam({ reviewers }));
    none.complete("plan-1", plan);
    none.settle();
    for (const { name } of reviewers) none.fail(`review-1-${name}`, "limit");
    none.settle();
    expect(none.run).toMatchObject({
      state: "failed",
      because: "every review has no result: limit",
    });
  });

  test("goes back to the planner with the words of who refused it, so many times, then failed", () => {
    const run = start(gate({ rounds: 2 }));
    run.complete("plan-1", plan);
    run.settle();
    run.decide("plan-1", false, "leave b out");
    run.settle();
    expect(run.task("plan-2").body).toContain("- person refused it: leave b out");
    expect(run.task("plan-2").body).toContain("Two steps");
    run.complete("plan-2", plan);
    run.settle();
    run.decide("plan-2", false);
    run.settle();
    expect(workKeys(run)).toEqual([]);
    expect(run.run).toMatchObject({
      state: "failed",
      because: "the plan was refused 2 times, the last time: person refused it without saying why",
    });
  });

  test("takes no silence for a yes", () => {
    const run = start();
    run.complete("plan-1", plan);
    run.settle();
    run.expire("plan-1");
    run.settle();
    expect(run.run.state).toBe("failed");
    expect(run.run.because).toContain("in time");
    expect(workKeys(run)).toEqual([]);
  });

  test("is approved by its lead, who is another than the planner", () => {
    const run = start(gate({ by: "lead" }));
    run.complete("plan-1", plan);
    run.settle();
    const { id } = run.approvals.get("plan-1") ?? { id: "" };
    expect(run.task("gate-1").body).toContain(id);
    run.complete("gate-1", 'I thought: {"approve": false, "feedback": "no tests"}');
    run.settle();
    expect(run.approvals.get("plan-1")).toMatchObject({
      state: "rejected",
      decidedBy: "session:ap_gate-1",
      comment: "no tests",
    });
    run.complete("plan-2", plan);
    run.settle();
    run.complete("gate-2", "Looks good to me!");
    run.settle();
    expect(run.approvals.get("plan-2")?.state).toBe("rejected");
    expect(run.run.state).toBe("failed");
  });

  test("needs its lead no more when a person decided meanwhile", () => {
    const run = start(gate({ by: "lead" }));
    run.complete("plan-1", plan);
    run.settle();
    run.decide("plan-1", true);
    run.settle();
    expect(run.task("gate-1").state).toBe("cancelled");
    expect(run.claimable()).toContain("phase-01.task-01");
  });

  test("waits for a person when its lead gives no answer", () => {
    const run = start(gate({ by: "lead" }));
    run.complete("plan-1", plan);
    run.settle();
    run.fail("gate-1", "limit");
    expect(run.settle().end).toBeNull();
    run.decide("plan-1", true);
    run.settle();
    expect(run.claimable()).toContain("phase-01.task-01");
  });

  test("is approved by a rule within its bounds, never as prose", () => {
    const within = start(gate({ by: "policy", policyMaxTasks: 3 }));
    within.complete("plan-1", plan);
    within.settle();
    expect(within.approvals.get("plan-1")).toMatchObject({
      state: "approved",
      decidedBy: "policy:team-plan",
    });
    const beyond = start(gate({ by: "policy", policyMaxTasks: 2, rounds: 1 }));
    beyond.complete("plan-1", plan);
    beyond.settle();
    expect(beyond.run.because).toContain("refused once");
    expect(beyond.run.because).toContain("3 tasks, not at most 2");
    const prose = start(gate({ by: "policy", rounds: 1 }));
    prose.complete("plan-1", "Just do it.");
    prose.settle();
    expect(prose.run.state).toBe("failed");
  });

  test("with faults goes back without anybody being asked", () => {
    const run = start();
    run.complete(
      "plan-1",
      JSON.stringify({ phases: [{ tasks: [{ title: "x", role: "testr" }] }] }),
    );
    run.settle();
    expect(run.approvals.size).toBe(0);
    expect(run.task("plan-2").body).toContain("did you mean tester?");
  });

  test("cancels what depends on a failure, and puts together what there is", () => {
    const run = start();
    run.complete("plan-1", plan);
    run.settle();
    run.decide("plan-1", true);
    run.settle();
    run.fail("phase-01.task-01", "boom");
    expect(run.settle().cancel).toEqual([]);
    run.complete("phase-01.task-02", "B");
    run.settle();
    expect(run.task("phase-02.task-01")).toMatchObject({
      state: "cancelled",
      because: 'it depends on "a", which has no result',
    });
    run.complete("synthesis-0001", "half");
    run.settle();
    expect(run.run).toMatchObject({ state: "partial", output: "half" });
    expect(run.run.because).toContain("2 of 3 tasks without a result: a: boom");
  });

  test("that lost all its work failed", () => {
    const run = start();
    run.complete("plan-1", "Write the thing.");
    run.settle();
    expect(run.approvals.get("plan-1")?.body).toContain("answered with prose");
    run.decide("plan-1", true);
    run.settle();
    run.fail("phase-01.task-01", "boom");
    run.settle();
    expect(run.run).toMatchObject({ state: "failed", output: null });
  });

  test("is one with what its lead adds to the run", () => {
    const run = start();
    run.complete("plan-1", plan);
    run.settle();
    run.decide("plan-1", true);
    run.settle();
    const added = { ...run.task("phase-01.task-01"), id: "tk_x", key: null, title: "added" };
    run.tasks.set("tk_x", { ...added, execution: executionOfAdded(run.facts()) });
    for (const key of workKeys(run)) run.complete(key, "done");
    expect(run.settle().end).toBeNull();
    run.fail("tk_x", "boom");
    run.settle();
    run.complete("synthesis-0003", "s");
    run.settle();
    expect(run.run.because).toBe("1 of 4 tasks without a result: added: boom");
  });
});

describe("a team on a list of tasks", () => {
  const listed: ListedTeam = {
    form: "tasks",
    lead: worker({ profile: "lead", mode: "read_only" }),
    worker: worker({ profile: "worker" }),
    leadPrompt: "Coordinate these.",
    tasks: [poolTask("a"), poolTask("b")],
    maxAttempts: 3,
    endsWith: "completion",
  };

  test("has its lead at work beside the workers, and ends with the lead's account", () => {
    const run = start(listed);
    expect(run.claimable()).toEqual(["lead", "task-0001", "task-0002"]);
    expect(run.task("task-0001").execution?.endsWith).toBe("completion");
    run.complete("lead", "all well");
    run.complete("task-0001", "A");
    expect(run.settle().end).toBeNull();
    run.complete("task-0002", "B");
    run.settle();
    expect(run.run).toMatchObject({ state: "completed", output: "all well" });
    expect(team.order(run.facts())).toEqual(["lead", "task-0001", "task-0002"]);
  });

  test("is not complete without its lead, and failed when only the lead succeeded", () => {
    const led = start(listed);
    led.fail("lead", "limit");
    led.complete("task-0001", "A");
    led.complete("task-0002", "B");
    led.settle();
    expect(led.run).toMatchObject({
      state: "partial",
      because: "the lead has no result: limit",
    });
    const alone = start(listed);
    alone.complete("lead", "we did it!");
    alone.fail("task-0001", "x");
    alone.fail("task-0002", "y");
    alone.settle();
    expect(alone.run.state).toBe("failed");
  });
});
