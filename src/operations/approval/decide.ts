import type { ErrorCode } from "../../domain/errors.ts";
import { defineOperation, type CliPart, type OperationContext, type Z } from "../define.ts";
import {
  agentField,
  approvalJson,
  approvalReceipt,
  approvalText,
  projectApproval,
  projectDialog,
  type ApprovalJson,
} from "./approval-json.ts";
import { giveVerdict } from "./give-verdict.ts";

interface Input {
  approval_id: string;
  comment?: string;
  agent?: string;
  dry_run: boolean;
}

export interface Output {
  ok: true;
  /** With `dry_run` as it would be decided; its state says that it is still open. */
  approval: ApprovalJson;
  dry_run: boolean;
}

const input = (z: Z) =>
  z.strictObject({
    approval_id: z
      .string()
      .min(1)
      .max(64)
      .describe(
        "Id of an approval or of an agent's dialog, or @last for the newest pending approval",
      ),
    comment: z.string().max(20_000).optional().describe("Told to whoever asked"),
    agent: agentField(z),
    dry_run: z.boolean().default(false).describe("Only check whether it would be decided"),
  });

const output = (z: Z) =>
  z.looseObject({ ok: z.boolean(), approval: approvalJson(z), dry_run: z.boolean() });

const errors = [
  "approval_not_found",
  "approval_over",
  "own_approval",
  "not_decider",
  "prompt_not_found",
  "prompt_changed",
  "option_not_found",
  "answer_unconfirmed",
  "session_ended",
  "ambiguous_id",
  "policy_blocked",
  "other_run",
  "invalid_input",
] as const satisfies readonly ErrorCode[];

const render =
  (verb: string): CliPart<Output>["render"] =>
  ({ approval, dry_run: dryRun }, style) =>
    dryRun ? `${approval.id}  would be ${verb}` : approvalReceipt(approval, style);

export const approve = defineOperation<Input, Output>()({
  name: "approval.approve",
  toolset: "approvals",
  summary: "Approve what somebody asked for",
  about:
    "The first decision counts. Who asked cannot decide, nor can a session they started; an agent " +
    "decides what those ask whom it started, or whose run it leads.",
  effect: "write",
  schemas: (z) => ({ input: input(z), output: output(z) }),
  errors,
  cli: {
    command: "approval approve",
    group: "Tasks",
    positionals: ["approval_id"],
    examples: ['agentpool approval approve @last --comment "Go ahead"'],
    render: render("approved"),
  },
  mcp: {
    tool: "approve_plan",
    aliases: ["approve_request"],
    title: "Approve a plan or request",
    description:
      "Approve a plan, action or spending that somebody else asked for, after the user's yes; who " +
      "asked for it cannot approve it, nor can its workers.",
    idempotent: true,
    openWorld: false,
    confirm: {
      does: "lets agents go ahead with what waited for a person",
      unless: "dry_run",
      hostsOnly: true,
    },
    omit: ["agent"],
    unlisted: ["dry_run"],
    workerText: approvalText("approval"),
    workerValues: ["approval.options[]"],
  },
  run: (ctx, given) => decide(ctx, given, "approved"),
});

export const reject = defineOperation<Input, Output>()({
  name: "approval.reject",
  toolset: "approvals",
  summary: "Refuse what somebody asked for",
  effect: "write",
  schemas: (z) => ({ input: input(z), output: output(z) }),
  errors,
  cli: {
    command: "approval reject",
    group: "Tasks",
    positionals: ["approval_id"],
    examples: ['agentpool approval reject @last --comment "Split it in two"'],
    render: render("rejected"),
  },
  mcp: {
    tool: "reject_plan",
    aliases: ["reject_request"],
    title: "Refuse a plan or request",
    description:
      "Refuse a plan, action or spending that somebody asked for; the comment says what to change.",
    idempotent: true,
    openWorld: false,
    omit: ["agent"],
    unlisted: ["dry_run"],
    workerText: approvalText("approval"),
    workerValues: ["approval.options[]"],
  },
  run: (ctx, given) => decide(ctx, given, "rejected"),
});

async function decide(
  ctx: OperationContext,
  given: Input,
  state: "approved" | "rejected",
): Promise<Output> {
  const done = await giveVerdict(ctx, {
    id: given.approval_id,
    state,
    comment: given.comment ?? null,
    agent: given.agent ?? null,
    dryRun: given.dry_run,
  });
  const approval = "approval" in done ? projectApproval(done.approval) : projectDialog(done.prompt);
  return { ok: true, approval, dry_run: given.dry_run };
}
