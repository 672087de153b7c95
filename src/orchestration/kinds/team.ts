import type { PlannedTask, RunFacts, RunKind, RunStep } from "../../domain/run.ts";
import {
  anyCapability,
  type Capability,
  type Task,
  type TaskExecution,
} from "../../domain/task.ts";
import { isAble } from "../../domain/task-order.ts";
import { keysInOrder } from "./keys.ts";
import { outcomeOf, whyNot } from "./outcome.ts";
import { failFast, plannedTasks } from "./pool.ts";
import type { Plan } from "./plan.ts";
import { cancelOpen, end, hasEnded, waitForOpen, want } from "./step.ts";
import { synthesise } from "./synthesis.ts";
import { planning } from "./team-planning.ts";
import { workPrompt } from "./team-prompts.ts";
import type { ListedTeam, PlannedTeam, TeamSpec } from "./team-spec.ts";
import { doneBy, type WorkerSpec } from "./worker.ts";

/**
 * Several agents of different roles. By a plan: nobody works before it is approved, and a phase begins
 * when all of the one before is completed. On a list: a lead beside workers, until all of it ended.
 */
export const team: RunKind = {
  name: "team",
  next: (facts) => {
    const spec = facts.run.spec as TeamSpec;
    return spec.form === "plan" ? byPlan(facts, spec) : byList(facts, spec);
  },
  order: (facts) => {
    const planned = groups.flatMap((group) => {
      const own = [...facts.tasks].filter(([key]) => group.test(key));
      const ordered = own.toSorted(
        ([a, one], [b, two]) => one.createdAt - two.createdAt || (a < b ? -1 : 1),
      );
      return ordered.map(([key]) => key);
    });
    return keysInOrder(facts, planned);
  },
};

/**
 * With what a task is carried out that the lead puts into the run; null when it requires somebody the
 * team does not have, and is left to whoever claims it.
 */
export function executionOfAdded(
  facts: Pick<RunFacts, "run">,
  requires: Capability = anyCapability,
): TaskExecution | null {
  const spec = facts.run.spec as TeamSpec;
  const { role } = requires;
  const roles: Readonly<Record<string, WorkerSpec>> = spec.form === "plan" ? spec.roles : {};
  const ofRole = role === null ? spec.worker : roles[role];
  const worker = ofRole ?? (role === spec.worker.profile ? spec.worker : undefined);
  if (!worker) return null;
  const { execution, requires: able } = doneBy(worker, spec.endsWith);
  return isAble({ ...requires, role: null }, able) ? execution : null;
}

const groups = [/^lead$/, /^(plan|review|revision|gate)-/, /^phase-/, /^task-/, /^synthesis-/];

function byPlan(facts: RunFacts, spec: PlannedTeam): RunStep {
  const planned = planning(facts, spec);
  if ("step" in planned) return planned.step.end ? endAfterAll(facts, planned.step) : planned.step;
  const graph = graphOf(spec, planned.plan).filter(({ key }) => !facts.tasks.has(key));
  const fast = facts.run.failFast ? failFast(facts, workOf(facts)) : null;
  if (fast && fast.cancel.length > 0) return fast;
  if (!fast && graph.length > 0) return want({ tasks: graph });
  const work = workOf(facts);
  if (!work.every(hasEnded)) return waitForOpen(facts);
  const outcome = outcomeOf(work);
  if (fast || outcome.state === "failed" || outcome.state === "cancelled") {
    return end(outcome.state, outcome.because);
  }
  return synthesise(facts, { work, by: spec.lead, goal: spec.goal, noun: "task" });
}

/** Of what ends the planning nothing is left open: a lead may have put tasks there meanwhile. */
function endAfterAll(facts: RunFacts, step: RunStep): RunStep {
  const cancel = cancelOpen(facts, step.end?.because ?? "the planning ended");
  return cancel.length > 0 ? want({ cancel }) : step;
}

function graphOf(spec: PlannedTeam, plan: Plan): PlannedTask[] {
  let before: readonly string[] = [];
  return plan.phases.flatMap(({ name, tasks }, phase) => {
    const planned = tasks.map(({ title, description, role }, index): PlannedTask => {
      const worker = role === null ? spec.worker : (spec.roles[role] ?? spec.worker);
      return {
        key: `phase-${pad(phase + 1)}.task-${pad(index + 1)}`,
        title,
        body: workPrompt(spec, plan, { description, phase: name }),
        priority: 0,
        tags: [],
        dependsOn: before,
        maxAttempts: spec.maxAttempts,
        ...doneBy(worker, spec.endsWith),
      };
    });
    before = planned.map(({ key }) => key);
    return planned;
  });
}

/** Two digits are enough for any team, and sort. */
function pad(n: number): string {
  return String(n).padStart(2, "0");
}

function byList(facts: RunFacts, spec: ListedTeam): RunStep {
  const { lead, leadPrompt, tasks, maxAttempts, endsWith } = spec;
  const blank = { priority: 0, tags: [], dependsOn: [], maxAttempts };
  const wanted: PlannedTask[] = [
    { ...blank, key: "lead", title: "lead", body: leadPrompt, ...doneBy(lead, endsWith) },
    ...plannedTasks({ tasks }).map((task) =>
      task.execution === null ? task : { ...task, execution: { ...task.execution, endsWith } },
    ),
  ];
  const missing = wanted.filter(({ key }) => !facts.tasks.has(key));
  const fast = facts.run.failFast ? failFast(facts, workOf(facts)) : null;
  if (fast && fast.cancel.length > 0) return fast;
  if (!fast && missing.length > 0) return want({ tasks: missing });
  if (![...facts.tasks.values()].every(hasEnded)) return waitForOpen(facts);
  const leader = facts.tasks.get("lead");
  const { state, because } = outcomeOf(workOf(facts));
  if (!leader || leader.state === "completed") return end(state, because, leader?.result ?? null);
  const failed = `the lead has no result: ${whyNot(leader)}`;
  return end(
    state === "completed" ? "partial" : state,
    because === null ? failed : `${because}; ${failed}`,
  );
}

/** What the team is there for: without planning, leading and putting together. */
function workOf(facts: RunFacts): Task[] {
  const other = /^(lead$|plan-|review-|revision-|gate-|synthesis-)/;
  return team
    .order(facts)
    .filter((key) => !other.test(key))
    .flatMap((key) => facts.tasks.get(key) ?? []);
}
