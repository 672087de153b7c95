import type { Approval } from "../../domain/approval.ts";
import type { PlannedTask, RunFacts, RunStep } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { whyNot } from "./outcome.ts";
import { readPlan, type Plan, type PlanReading } from "./plan.ts";
import { askApproval, judge } from "./team-gate.ts";
import { planPrompt, reviewPrompt, revisionPrompt, type Feedback } from "./team-prompts.ts";
import type { PlannedTeam } from "./team-spec.ts";
import { end, hasEnded, nothing, want } from "./step.ts";
import { doneBy, type WorkerSpec } from "./worker.ts";

export type Planning = { readonly plan: Plan } | { readonly step: RunStep };

/**
 * Rounds of plan, reviews, the planner's answer to them, and approval, until a plan is approved. A
 * refusal goes back to the planner, as do faults of a plan that nobody need look at; the last round
 * without an approved plan ends the run. Reviews are of the first plan that can be read.
 */
export function planning(facts: RunFacts, spec: PlannedTeam): Planning {
  let feedback: Feedback | null = null;
  let reviewed = spec.reviewers.length === 0;
  for (let round = 1; round <= spec.approval.rounds; round++) {
    const planned = planOf(facts, spec, { round, feedback });
    if ("step" in planned) return planned;
    let { task } = planned;
    let reading = planned.reading;
    if ("plan" in reading && !reviewed) {
      reviewed = true;
      const revised = revise(facts, spec, { round, plan: reading.plan });
      if ("step" in revised) return revised;
      ({ task, reading } = revised);
    }
    if ("faults" in reading) {
      feedback = { task, faults: reading.faults };
      continue;
    }
    const verdict = gate(facts, spec, { round, plan: reading.plan, task });
    if ("step" in verdict) return verdict;
    if (verdict.approved) return { plan: reading.plan };
    feedback = { task, faults: [verdict.because] };
  }
  const why = feedback?.faults.join("; ") ?? "no round was allowed";
  const times = spec.approval.rounds === 1 ? "once" : `${spec.approval.rounds} times`;
  return { step: end("failed", `the plan was refused ${times}, the last time: ${why}`) };
}

interface Read {
  readonly task: Task;
  readonly reading: PlanReading;
}

function planOf(
  facts: RunFacts,
  spec: PlannedTeam,
  { round, feedback }: { readonly round: number; readonly feedback: Feedback | null },
): Read | { readonly step: RunStep } {
  const key = `plan-${round}`;
  const task = facts.tasks.get(key);
  if (!task) {
    const title = round === 1 ? "plan" : `plan, round ${round}`;
    return one(spec, spec.planner, { key, title, body: planPrompt(spec, feedback) });
  }
  if (!hasEnded(task)) return { step: nothing };
  if (task.state !== "completed") return lost(task, "the plan");
  return { task, reading: readPlan(task.result ?? "", { ...rulesOf(spec), reviewers: [] }) };
}

/** All reviews at once, then the planner's answer to them. */
function revise(
  facts: RunFacts,
  spec: PlannedTeam,
  { round, plan }: { readonly round: number; readonly plan: Plan },
): Read | { readonly step: RunStep } {
  const keyed = spec.reviewers.map((reviewer) => ({
    reviewer,
    key: `review-${round}-${reviewer.name}`,
  }));
  const missing = keyed
    .filter(({ key }) => !facts.tasks.has(key))
    .map(({ key, reviewer }) => {
      const title = `review: ${reviewer.name}`;
      const body = reviewPrompt(spec, reviewer, plan);
      return taskOf(spec, reviewer.worker, { key, title, body });
    });
  if (missing.length > 0) return { step: want({ tasks: missing }) };
  const reviews = keyed.flatMap(({ key, reviewer }) => {
    const task = facts.tasks.get(key);
    return task ? [{ reviewer, task }] : [];
  });
  if (!reviews.every(({ task }) => hasEnded(task))) return { step: nothing };
  const heard = reviews.filter(({ task }) => task.state === "completed");
  // a plan that nobody could look at is not a reviewed one
  if (heard.length === 0 && reviews[0]) return lost(reviews[0].task, "every review");
  const key = `revision-${round}`;
  const task = facts.tasks.get(key);
  if (!task) {
    const body = revisionPrompt(spec, plan, reviews);
    return one(spec, spec.planner, { key, title: "plan after the reviews", body });
  }
  if (!hasEnded(task)) return { step: nothing };
  if (task.state !== "completed") return lost(task, "the planner's answer to the reviews");
  const reviewers = heard.map(({ reviewer }) => reviewer.name);
  return { task, reading: readPlan(task.result ?? "", { ...rulesOf(spec), reviewers }) };
}

type Verdict =
  | { readonly step: RunStep }
  | { readonly approved: true }
  | { readonly approved: false; readonly because: string };

function gate(
  facts: RunFacts,
  spec: PlannedTeam,
  at: { readonly round: number; readonly plan: Plan; readonly task: Task },
): Verdict {
  const key = `plan-${at.round}`;
  const approval = facts.approvals.get(key);
  if (!approval) return { step: want({ approvals: [askApproval(facts, spec, { ...at, key })] }) };
  if (approval.state === "pending") return { step: judge(facts, spec, { ...at, key, approval }) };
  const open = facts.tasks.get(`gate-${at.round}`);
  if (open && !hasEnded(open)) {
    const because = `the plan is ${approval.state} already`;
    return { step: want({ cancel: [{ key: `gate-${at.round}`, because }] }) };
  }
  if (approval.state === "approved") return { approved: true };
  if (approval.state === "rejected") return { approved: false, because: refusalOf(approval) };
  const because =
    approval.state === "expired"
      ? "nobody decided on the plan in time, which is no yes"
      : `the approval of the plan was ${approval.state}`;
  return { step: end(approval.state === "expired" ? "failed" : "cancelled", because) };
}

function refusalOf({ decidedBy, comment }: Approval): string {
  const by = decidedBy ?? "somebody";
  return comment === null || comment.trim() === ""
    ? `${by} refused it without saying why`
    : `${by} refused it: ${comment}`;
}

function rulesOf({ roles, maxTasks, maxPhases }: PlannedTeam) {
  return { roles: [...new Set([...Object.keys(roles), "worker"])], maxTasks, maxPhases };
}

function lost(task: Task, what: string): { readonly step: RunStep } {
  const state = task.state === "cancelled" ? "cancelled" : "failed";
  return { step: end(state, `${what} has no result: ${whyNot(task)}`) };
}

function one(
  spec: PlannedTeam,
  worker: WorkerSpec,
  text: Pick<PlannedTask, "key" | "title" | "body">,
): { readonly step: RunStep } {
  return { step: want({ tasks: [taskOf(spec, worker, text)] }) };
}

function taskOf(
  { maxAttempts }: PlannedTeam,
  worker: WorkerSpec,
  text: Pick<PlannedTask, "key" | "title" | "body">,
): PlannedTask {
  return { ...text, priority: 0, tags: [], dependsOn: [], maxAttempts, ...doneBy(worker) };
}
