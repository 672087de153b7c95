import { defineOperation } from "../define.ts";
import { timeoutSeconds } from "../schemas.ts";
import {
  approvalId,
  approvalJson,
  approvalPage,
  approvalText,
  projectApproval,
  type ApprovalJson,
} from "./approval-json.ts";

interface Input {
  approval_id: string;
  timeout_seconds: number;
}

export interface Output {
  approved: boolean;
  /** False while it is pending: ask again. */
  decided: boolean;
  approval: ApprovalJson;
}

const refusedExit = 6;
const timeoutExit = 124;

export const wait = defineOperation<Input, Output>()({
  name: "approval.wait",
  toolset: "approvals",
  summary: "Wait until an approval is decided",
  about:
    "Ends with status 0 when it is approved, 6 when it is rejected, expired or cancelled, and 124 " +
    "when the wait is over first.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      approval_id: approvalId(z),
      timeout_seconds: timeoutSeconds(z, 600),
    }),
    output: z.looseObject({
      approved: z.boolean(),
      decided: z.boolean(),
      approval: approvalJson(z),
    }),
  }),
  errors: ["approval_not_found", "ambiguous_id", "other_run"],
  cli: {
    command: "approval wait",
    group: "Tasks",
    positionals: ["approval_id"],
    flags: { timeout_seconds: ["timeout"] },
    examples: ["agentpool approval wait @last --timeout 10m"],
    render: ({ approval }, style) => approvalPage(approval, style),
    exitCode: ({ approved, decided }) => (approved ? 0 : decided ? refusedExit : timeoutExit),
  },
  mcp: {
    tool: "wait_approval",
    title: "Wait for a decision",
    description:
      "Wait until an approval is decided; call again while decided is false. Anything but approved " +
      "is a no, and the comment says what to change.",
    idempotent: true,
    openWorld: false,
    workerText: approvalText("approval"),
  },
  run: async (ctx, input) => {
    const approval = await ctx.app.approvals.wait(
      { approval: input.approval_id, timeoutMs: input.timeout_seconds * 1000 },
      ctx,
    );
    return {
      approved: approval.state === "approved",
      decided: approval.state !== "pending",
      approval: projectApproval(approval),
    };
  },
});
