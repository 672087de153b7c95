import type { LoggedDecision } from "../../domain/logged-decision.ts";
import { formatTime } from "../../domain/time.ts";
import { agentField } from "../approval/approval-json.ts";
import { defineOperation } from "../define.ts";

interface Input {
  decision: string;
  kind: string;
  context?: string;
  reason?: string;
  task_id?: string;
  agent?: string;
}

export interface Output {
  ok: true;
  decision: {
    id: string;
    by: string;
    kind: string;
    decision: string;
    context: string | null;
    reason: string | null;
    task_id: string | null;
    run_id: string | null;
    at: string;
  };
}

export const log = defineOperation<Input, Output>()({
  name: "decision.log",
  toolset: "worker",
  summary: "Write down what was decided, and why",
  about: "It stands among the events; find it again with `events query --type decision_logged`.",
  effect: "write",
  schemas: (z) => {
    const maybe = z.string().nullable();
    return {
      input: z.strictObject({
        decision: z.string().min(1).max(4_000).describe("What was decided"),
        kind: z.string().min(1).max(64).default("decision").describe("A word for its sort"),
        context: z.string().max(20_000).optional().describe("In which situation"),
        reason: z.string().max(20_000).optional().describe("Why so, and what was turned down"),
        task_id: z.string().min(1).max(64).optional().describe("The task it belongs to"),
        agent: agentField(z),
      }),
      output: z.looseObject({
        ok: z.boolean(),
        decision: z.looseObject({
          id: z.string(),
          by: z.string(),
          kind: z.string(),
          decision: z.string(),
          context: maybe,
          reason: maybe,
          task_id: maybe,
          run_id: maybe,
          at: z.string(),
        }),
      }),
    };
  },
  errors: ["policy_blocked", "other_run", "idempotency_conflict"],
  cli: {
    command: "decide",
    group: "Tasks",
    positionals: ["decision"],
    flags: { task_id: ["task"] },
    examples: ['agentpool decide "Keep the old names" --reason "Others call them"'],
    render: ({ decision }) => `${decision.id}  ${decision.kind}: ${decision.decision}`,
  },
  mcp: {
    tool: "log_decision",
    title: "Write down a decision",
    description: "Write down a decision that others should be able to look up, with the reason.",
    idempotent: false,
    openWorld: false,
    omit: ["agent"],
    workerText: ["decision.decision", "decision.context", "decision.reason"],
  },
  run: async (ctx, input) => {
    const logged = await ctx.app.agents.logDecision(
      {
        decision: input.decision,
        kind: input.kind,
        context: input.context ?? null,
        reason: input.reason ?? null,
        taskId: input.task_id ?? null,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return { ok: true, decision: project(logged) };
  },
});

function project(logged: LoggedDecision): Output["decision"] {
  return {
    id: logged.id,
    by: logged.by,
    kind: logged.kind,
    decision: logged.decision,
    context: logged.context,
    reason: logged.reason,
    task_id: logged.taskId,
    run_id: logged.runId,
    at: formatTime(logged.at),
  };
}
