import { AgentpoolError } from "../../domain/errors.ts";
import { idPrefixes } from "../../domain/ids.ts";
import { asOf } from "../../orchestration/approvals/approvals.ts";
import { findApproval } from "../../orchestration/approvals/find-approval.ts";
import { defineOperation } from "../define.ts";
import {
  approvalId,
  approvalJson,
  approvalPage,
  approvalText,
  projectApproval,
  projectDialog,
  type ApprovalJson,
} from "./approval-json.ts";

interface Input {
  approval_id: string;
}

export interface Output {
  approval: ApprovalJson;
}

export const show = defineOperation<Input, Output>()({
  name: "approval.show",
  toolset: "approvals",
  summary: "Show what is asked for, by whom, and how it was decided",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ approval_id: approvalId(z) }),
    output: z.looseObject({ approval: approvalJson(z) }),
  }),
  errors: ["approval_not_found", "prompt_not_found", "ambiguous_id"],
  cli: {
    command: "approval show",
    group: "Tasks",
    positionals: ["approval_id"],
    examples: ["agentpool approval show @last"],
    render: ({ approval }, style) => approvalPage(approval, style),
  },
  mcp: {
    tool: "get_approval",
    title: "Show an approval",
    description: "Show what is asked for in full, by whom, until when, and how it was decided.",
    idempotent: true,
    openWorld: false,
    workerText: approvalText("approval"),
    workerValues: ["approval.options[]"],
  },
  run: async (ctx, input) => {
    const { store, now } = ctx.app;
    if (input.approval_id.startsWith(idPrefixes.prompt)) {
      const prompt = await store.prompts.get(input.approval_id);
      if (prompt) return { approval: projectDialog(prompt) };
      throw new AgentpoolError("prompt_not_found", `No dialog "${input.approval_id}"`, {
        hint: "See what waits: agentpool approval list",
      });
    }
    const approval = await findApproval(store, input.approval_id);
    return { approval: projectApproval(asOf(approval, now())) };
  },
});
