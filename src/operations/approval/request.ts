import { defaultApprovalMs, type ApprovalKind } from "../../domain/approval.ts";
import { defineOperation } from "../define.ts";
import {
  agentField,
  approvalJson,
  approvalPage,
  approvalText,
  kindField,
  projectApproval,
  type ApprovalJson,
} from "./approval-json.ts";

interface Input {
  subject: string;
  body: string;
  kind: ApprovalKind;
  task_id?: string;
  expires_in_seconds: number;
  agent?: string;
}

export interface Output {
  ok: true;
  approval: ApprovalJson;
}

export const request = defineOperation<Input, Output>()({
  name: "approval.request",
  toolset: "approvals",
  summary: "Ask somebody else to approve something",
  about:
    "Gives an id at once; wait for the decision with `approval wait`. Whoever asks cannot decide, " +
    "nor can a session they started. When nobody decides in time it is refused.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      subject: z.string().min(1).max(500).describe("What is asked for, in one line"),
      body: z.string().max(200_000).default("").describe("What whoever decides should know"),
      kind: kindField(z).default("action").describe("What is approved"),
      task_id: z.string().min(1).max(64).optional().describe("The task it is about"),
      expires_in_seconds: z
        .number()
        .min(1)
        .max(30 * 86_400)
        .default(defaultApprovalMs / 1000)
        .describe("From then on it is refused"),
      agent: agentField(z),
    }),
    output: z.looseObject({ ok: z.boolean(), approval: approvalJson(z) }),
  }),
  errors: ["policy_blocked", "other_run", "idempotency_conflict", "invalid_input"],
  cli: {
    command: "approval request",
    group: "Tasks",
    positionals: ["subject"],
    flags: { expires_in_seconds: ["expires", "expires-in"], task_id: ["task"] },
    examples: ['agentpool approval request "Push the branch" --agent ci --expires 10m'],
    ids: "approval.id",
    render: ({ approval }, style) => approvalPage(approval, style),
  },
  mcp: {
    tool: "request_approval",
    title: "Ask for approval",
    description:
      "Ask a person or the lead to approve a plan, an action or spending before you do it. Gives an " +
      "id; then call wait_approval. Do not go ahead unless it says approved.",
    idempotent: false,
    openWorld: false,
    omit: ["agent"],
    workerText: approvalText("approval"),
  },
  run: async (ctx, input) => {
    const approval = await ctx.app.approvals.request(
      {
        kind: input.kind,
        subject: input.subject,
        body: input.body,
        taskId: input.task_id ?? null,
        timeoutMs: Math.round(input.expires_in_seconds * 1000),
        agent: input.agent ?? null,
      },
      ctx,
    );
    return { ok: true, approval: projectApproval(approval) };
  },
});
