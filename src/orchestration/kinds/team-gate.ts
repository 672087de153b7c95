import type { Approval } from "../../domain/approval.ts";
import { jsonCandidates } from "../../domain/json/find-json.ts";
import { isObject } from "../../domain/json/json-schema.ts";
import type { PlannedApproval, PlannedVerdict, RunFacts, RunStep } from "../../domain/run.ts";
import type { Task } from "../../domain/task.ts";
import { typable } from "../../domain/template.ts";
import { whyNot } from "./outcome.ts";
import { renderPlan, type Plan } from "./plan.ts";
import { gatePrompt } from "./team-prompts.ts";
import type { PlannedTeam } from "./team-spec.ts";
import { hasEnded, nothing, want } from "./step.ts";
import { shortTitle } from "./title.ts";
import { doneBy } from "./worker.ts";

interface Asked {
  /** Of the approval. */
  readonly key: string;
  readonly round: number;
  readonly plan: Plan;
  /** That made the plan as it is now. */
  readonly task: Task;
}

/** The plan, what the reviewers said and what the planner answered: all that there is to judge by. */
export function askApproval(
  facts: RunFacts,
  { approval }: PlannedTeam,
  { key, round, plan, task }: Asked,
): PlannedApproval {
  const reviews = [...facts.tasks]
    .filter(([one]) => one.startsWith(`review-${round}-`))
    .map(
      ([, one]) =>
        `### ${one.title}\n\n${one.state === "completed" ? typable(one.result ?? "") : `no result: ${whyNot(one)}`}`,
    );
  const answers = plan.answers.map(({ reviewer, answer }) => `- to ${reviewer}: ${answer}`);
  return {
    key,
    kind: "plan",
    subject: shortTitle(`plan, round ${round} of ${approval.rounds}: ${plan.title}`),
    body: [
      renderPlan(plan),
      ...(reviews.length > 0 ? ["## Reviews", ...reviews] : []),
      ...(answers.length > 0 ? [`## Answers of the planner\n\n${answers.join("\n")}`] : []),
    ].join("\n\n"),
    requestedBy: task.claim?.holder ?? `run:${facts.run.id}`,
    taskKey: task.key,
    timeoutMs: approval.timeoutMs,
  };
}

/** What a pending approval needs: a rule decides at once, a lead is asked, a person is waited for. */
export function judge(
  facts: RunFacts,
  spec: PlannedTeam,
  { key, round, plan, approval }: Asked & { readonly approval: Approval },
): RunStep {
  switch (spec.approval.by) {
    case "person":
      return nothing;
    case "policy":
      return want({ verdicts: [byPolicy(key, plan, spec.approval.policyMaxTasks)] });
    case "lead":
      return byLead(facts, spec, { key, gateKey: `gate-${round}`, approval });
  }
}

function byPolicy(key: string, { phases, isText }: Plan, maxTasks: number | null): PlannedVerdict {
  const count = phases.flatMap(({ tasks }) => tasks).length;
  const by = { kind: "policy", rule: "team-plan" } as const;
  const tooMany = maxTasks !== null && count > maxTasks;
  if (isText)
    return { key, by, approve: false, comment: "a rule approves no prose: answer in JSON" };
  if (!tooMany)
    return { key, by, approve: true, comment: `${count} tasks in ${phases.length} phases` };
  return { key, by, approve: false, comment: `${count} tasks, not at most ${maxTasks}` };
}

/** One that gives no answer leaves it to a person: a lead's silence is no yes either. */
function byLead(
  facts: RunFacts,
  spec: PlannedTeam,
  {
    key,
    gateKey,
    approval,
  }: { readonly key: string; readonly gateKey: string; readonly approval: Approval },
): RunStep {
  const task = facts.tasks.get(gateKey);
  if (!task) {
    const { lead, maxAttempts } = spec;
    const blank = { priority: 0, tags: [], dependsOn: [], maxAttempts };
    const body = gatePrompt(spec, approval);
    return want({
      tasks: [{ ...blank, key: gateKey, title: "approval of the plan", body, ...doneBy(lead) }],
    });
  }
  if (!hasEnded(task) || task.state !== "completed") return nothing;
  const by = { kind: "task", taskKey: gateKey } as const;
  const answer = jsonCandidates(task.result ?? "").find(
    (one) => isObject(one) && typeof one["approve"] === "boolean",
  );
  if (!isObject(answer)) {
    const comment = "the lead's answer is neither a yes nor a no";
    return want({ verdicts: [{ key, by, approve: false, comment }] });
  }
  const { approve, feedback } = answer;
  const comment = typeof feedback === "string" ? typable(feedback) : null;
  return want({ verdicts: [{ key, by, approve: approve === true, comment }] });
}
