import { runIdOf } from "../../orchestration/scheduler/run-error.ts";
import type { ApprovalState } from "../../domain/approval.ts";
import { asOf } from "../../orchestration/approvals/approvals.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { sessionId } from "../schemas.ts";
import {
  approvalJson,
  approvalTable,
  approvalText,
  projectApproval,
  projectDialog,
  stateField,
  type ApprovalJson,
} from "./approval-json.ts";

interface Input {
  states: ApprovalState[];
  all: boolean;
  run_id?: string;
  session_id?: string;
  limit: number;
}

export interface Output {
  approvals: ApprovalJson[];
}

export const list = defineOperation<Input, Output>()({
  name: "approval.list",
  toolset: "approvals",
  summary: "List what waits for a decision",
  about:
    "Approvals that were asked for, and the dialogs in which agents' own CLIs ask for permission, " +
    "each with the commands that answer it.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      states: z.array(stateField(z)).default([]).describe("Only these states; pending by default"),
      all: z.boolean().default(false).describe("Those that are over, too"),
      run_id: z.string().min(1).max(64).optional().describe("Only of this run"),
      session_id: sessionId(z).optional().describe("Only what this session asks"),
      limit: z.number().int().min(1).max(1000).default(200).describe("At most so many"),
    }),
    output: z.looseObject({ approvals: z.array(approvalJson(z)) }),
  }),
  errors: ["run_not_found", "session_not_found", "ambiguous_id"],
  cli: {
    command: "approval list",
    aliases: ["approvals"],
    group: "Tasks",
    flags: { states: ["state"], run_id: ["run"], session_id: ["session"] },
    examples: ["agentpool approval list", "agentpool approval list --all --json"],
    ids: "approvals.id",
    render: ({ approvals }, style) =>
      approvals.length === 0 ? "Nothing waits for a decision." : approvalTable(approvals, style),
  },
  mcp: {
    tool: "list_approvals",
    title: "List what waits for a decision",
    description:
      "List approvals that were asked for and permission dialogs of workers, with who asked and " +
      "until when. Decide with approve_plan or reject_plan; answer dialogs with answer_worker.",
    idempotent: true,
    openWorld: false,
    workerText: approvalText("approvals[]"),
    workerValues: ["approvals[].options[]"],
  },
  run: async (ctx, input) => {
    const { store, now } = ctx.app;
    const session =
      input.session_id === undefined ? null : await ctx.app.sessions.resolve(input.session_id);
    const runId = await runIdOf(store, input.run_id);
    const wanted = input.all ? null : input.states.length > 0 ? input.states : ["pending"];
    const found = await store.approvals.list({
      ...(runId === undefined ? {} : { runId }),
      // what is pending in the file may have expired since
      ...(wanted === null || wanted.includes("expired")
        ? {}
        : { states: wanted as readonly ApprovalState[] }),
      limit: input.limit,
    });
    const approvals = found
      .map((one) => asOf(one, now()))
      .filter(({ state }) => wanted === null || wanted.includes(state))
      .filter((one) => session === null || one.sessionId === session.id)
      .map(projectApproval);
    const asksPrompts = wanted === null || wanted.includes("pending");
    const prompts = asksPrompts ? await openDialogs(ctx, { session: session?.id, run: runId }) : [];
    return { approvals: [...prompts, ...approvals].slice(0, input.limit) };
  },
});

/** Dialogs in which live sessions ask for a decision; questions are no such. */
async function openDialogs(
  { app }: OperationContext,
  of: { readonly session: string | undefined; readonly run: string | undefined },
): Promise<ApprovalJson[]> {
  const live = new Map((await app.store.sessions.live()).map((one) => [one.id, one]));
  if (live.size === 0) return [];
  const open = await app.store.prompts.open(of.session);
  return open
    .filter((one) => one.kind !== "question" && one.state === "open")
    .flatMap((one) => {
      const session = live.get(one.sessionId);
      if (!session || (of.run !== undefined && session.runId !== of.run)) return [];
      return [{ ...projectDialog(one), run_id: session.runId }];
    });
}
