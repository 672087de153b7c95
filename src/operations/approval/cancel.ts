import { defineOperation } from "../define.ts";
import {
  agentField,
  approvalId,
  approvalJson,
  approvalReceipt,
  projectApproval,
  type ApprovalJson,
} from "./approval-json.ts";

interface Input {
  approval_id: string;
  because?: string;
  agent?: string;
}

export interface Output {
  ok: true;
  approval: ApprovalJson;
}

export const cancel = defineOperation<Input, Output>()({
  name: "approval.cancel",
  toolset: "approvals",
  summary: "Take back what was asked for",
  about: "Nothing happens to one that is decided. A session takes back only what it asked itself.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      approval_id: approvalId(z),
      because: z.string().max(2_000).optional().describe("Why it is not needed any more"),
      agent: agentField(z),
    }),
    output: z.looseObject({ ok: z.boolean(), approval: approvalJson(z) }),
  }),
  errors: ["approval_not_found", "ambiguous_id", "policy_blocked"],
  cli: {
    command: "approval cancel",
    group: "Tasks",
    positionals: ["approval_id"],
    examples: ["agentpool approval cancel @last"],
    render: ({ approval }, style) => approvalReceipt(approval, style),
  },
  run: async (ctx, input) => {
    const approval = await ctx.app.approvals.cancel(
      {
        approval: input.approval_id,
        because: input.because ?? null,
        agent: input.agent ?? null,
      },
      ctx,
    );
    return { ok: true, approval: projectApproval(approval) };
  },
});
