import type { Approval } from "../../domain/approval.ts";
import type { Task } from "../../domain/task.ts";
import { typable } from "../../domain/template.ts";
import { renderPlan, type Plan } from "./plan.ts";
import { aboutQuotes, quote, reportOf } from "./report.ts";
import type { PlannedTeam, Reviewer } from "./team-spec.ts";

const form = `{"title": "...", "description": "...", "phases": [{"name": "...", "tasks": [{"title": "...", "description": "...", "role": "..."}]}]}`;

/** Why the plan before this one is not carried out. */
export interface Feedback {
  readonly task: Task;
  readonly faults: readonly string[];
}

export function planPrompt(spec: PlannedTeam, feedback: Feedback | null): string {
  const { goal, roles, maxTasks, maxPhases } = spec;
  const names = Object.keys(roles);
  const known =
    names.length === 0 ? 'Leave "role" out.' : `"role" is one of ${names.join(", ")}, or left out.`;
  const again =
    feedback === null
      ? ""
      : `

Your plan before this one was not accepted:
${feedback.faults.map((fault) => `- ${typable(fault)}`).join("\n")}

${aboutQuotes}
${quote(feedback.task, cut(feedback.task.result))}

Make a better one.`;
  return `Plan how a team of agents reaches this goal. Look at what is there, and change nothing yourself: nobody begins before the plan is approved.

Goal:
${goal}

Phases come one after the other; the tasks of one phase are done at the same time by different agents, so no two of them change the same files. At most ${maxPhases} phases and ${maxTasks} tasks. Each task's description must be complete by itself. Answer with JSON alone, of this form:
${form}
${known}${again}`;
}

export function reviewPrompt(spec: PlannedTeam, reviewer: Reviewer, plan: Plan): string {
  const focus = reviewer.focus === null ? "" : `\nLook at this above all: ${reviewer.focus}\n`;
  return `Review this plan of a team as its ${reviewer.name}. Change nothing yourself. Name what is wrong, missing, risky or more than is needed, each with what to do instead; the planner has to answer you point by point. If nothing is, say so in one line.
${focus}
Goal:
${spec.goal}

The plan:
${renderPlan(plan)}`;
}

export function revisionPrompt(
  spec: PlannedTeam,
  plan: Plan,
  reviews: readonly { readonly reviewer: Reviewer; readonly task: Task }[],
): string {
  const names = reviews
    .filter(({ task }) => task.state === "completed")
    .map(({ reviewer }) => reviewer.name);
  return `Your plan was reviewed. Take in what is right, and answer every review: what you changed for it, or why not. Change nothing but the plan.

Goal:
${spec.goal}

Your plan:
${renderPlan(plan)}

${aboutQuotes}

${reportOf(reviews.map(({ task }) => task))}

Answer with JSON alone: the whole plan as it is now, in the form ${form}, with one more field "answers": [{"reviewer": "...", "answer": "..."}], one for each of ${names.join(", ")}.`;
}

export function gatePrompt(spec: PlannedTeam, approval: Approval): string {
  return `Decide whether the team may carry out this plan. Approve it only if it reaches the goal, and its tasks can be done as they are described.

Goal:
${spec.goal}

${typable(approval.body)}

If you have the tools approve_plan and reject_plan, use them with the approval ${approval.id}. Otherwise answer with JSON alone: {"approve": true or false, "feedback": "what the planner has to change"}.`;
}

export function workPrompt(
  spec: PlannedTeam,
  plan: Plan,
  task: { readonly description: string; readonly phase: string },
): string {
  return `You are one of a team. The plan is "${plan.title}", this is of its ${task.phase}. Do this task alone; others do the rest.

The goal of all: ${spec.goal}

Your task:
${task.description}`;
}

function cut(text: string | null): string {
  return typable(text ?? "").slice(0, 100_000);
}
