import { AgentpoolError } from "../../domain/errors.ts";
import type { OptionRole } from "../../domain/prompt.ts";
import { defineOperation, type CliPart, type OperationContext } from "../define.ts";
import { projectPrompt, type PromptJson } from "../projection.ts";
import { promptJson, sessionId } from "../schemas.ts";
import type { Z } from "../define.ts";
import {
  approvalJson,
  approvalReceipt,
  projectApproval,
  type ApprovalJson,
} from "../approval/approval-json.ts";
import { giveVerdict, isDecidable } from "../approval/give-verdict.ts";

export interface Output {
  ok: boolean;
  session_id: string;
  state: string;
  /** With `dry_run` as it would be answered; its state says that it is still open. */
  prompt: PromptJson;
  dry_run: boolean;
}

const errors = [
  "session_not_found",
  "ambiguous_id",
  "session_ended",
  "prompt_not_found",
  "prompt_changed",
  "option_not_found",
  "answer_unconfirmed",
  "invalid_input",
  "policy_blocked",
  "not_decider",
] as const;

const output = (z: Z) =>
  z.looseObject({
    ok: z.boolean(),
    session_id: z.string(),
    state: z.string(),
    prompt: promptJson(z),
    dry_run: z.boolean().optional(),
  });

const dryRun = (z: Z) =>
  z.boolean().default(false).describe("Only check it and say which answer would be given");

const promptId = (z: Z) =>
  z.string().min(1).optional().describe("Prompt id; may be left out while only one is open");

const render: CliPart<Output>["render"] = (result, style) => {
  const { prompt } = result;
  const words = prompt.answer?.label ?? prompt.answer?.text ?? "";
  if (result.dry_run) return `${prompt.id}  would be answered: ${words}`;
  const via = prompt.answer?.via === "channel" ? "through the agent's own channel" : "by keys";
  return `${prompt.id}  ${style.bold(prompt.state)}  ${words}  ${style.dim(via)}`;
};

interface AnswerInput {
  session_id: string;
  prompt_id?: string;
  option?: string;
  text?: string;
  fingerprint?: string;
  dry_run: boolean;
}

export const answer = defineOperation<AnswerInput, Output>()({
  name: "session.answer",
  toolset: "default",
  summary: "Answer the dialog a session shows",
  about:
    "The answer reaches exactly the prompt it names or nothing at all: when the dialog changed " +
    "meanwhile, nothing is typed and the error says what is open now.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      prompt_id: promptId(z),
      option: z
        .string()
        .min(1)
        .optional()
        .describe("Label of the option, or its beginning, or its key"),
      text: z.string().optional().describe("Free text, where the dialog takes it"),
      fingerprint: z
        .string()
        .optional()
        .describe("Refuse when the dialog is not this one any more"),
      dry_run: dryRun(z),
    }),
    output: output(z),
  }),
  errors,
  cli: {
    command: "answer",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt_id: ["prompt"] },
    examples: ['agentpool answer @last --option "Yes"', 'agentpool answer @last --text "Use blue"'],
    render,
  },
  mcp: {
    tool: "answer_worker",
    title: "Answer a worker's dialog",
    description:
      "Answer a worker's approval, plan, startup or question dialog by option label (or text where " +
      "it takes text). Approve only what the user would; a changed dialog is refused.",
    idempotent: false,
    openWorld: true,
    unlisted: ["fingerprint", "dry_run"],
    workerText: ["prompt.text", "prompt.subject"],
    workerValues: ["prompt.options[].label"],
  },
  run: async (ctx, input) => {
    if ((input.option === undefined) === (input.text === undefined)) {
      throw new AgentpoolError("invalid_input", "An answer is either an option or a text", {
        hint: `agentpool answer ${input.session_id} --option "<label>"`,
      });
    }
    const choice =
      input.option === undefined ? { text: input.text ?? "" } : { label: input.option };
    return give(ctx, input, choice);
  },
});

interface DecideInput {
  session_id: string;
  prompt_id?: string;
  always?: boolean;
  comment?: string;
  dry_run: boolean;
}

/** Of a session's dialog, or of an approval; with `dry_run` as it would be, and still open. */
export interface Decided {
  ok: boolean;
  session_id: string | null;
  state: string;
  prompt: PromptJson | null;
  approval: ApprovalJson | null;
  dry_run: boolean;
}

const decidedOutput = (z: Z) =>
  z.looseObject({
    ok: z.boolean(),
    session_id: z.string().nullable(),
    state: z.string(),
    prompt: promptJson(z).nullable(),
    approval: approvalJson(z).nullable(),
    dry_run: z.boolean().optional(),
  });

const decidable = (z: Z) =>
  z
    .string()
    .min(1)
    .max(200)
    .describe("Session id, unique id prefix, name, or @last; or the id of an approval or dialog");

const commentField = (z: Z) =>
  z.string().max(20_000).optional().describe("For an approval: told to whoever asked");

const decideErrors = [
  ...errors,
  "approval_not_found",
  "approval_over",
  "own_approval",
  "other_run",
] as const;

const renderDecided =
  (verb: string): CliPart<Decided>["render"] =>
  (result, style, given) => {
    const { session_id, prompt, approval } = result;
    if (prompt && session_id !== null) {
      return render({ ...result, session_id, prompt }, style, given);
    }
    if (!approval) return "";
    return result.dry_run ? `${approval.id}  would be ${verb}` : approvalReceipt(approval, style);
  };

export const approve = defineOperation<DecideInput, Decided>()({
  name: "session.approve",
  toolset: "default",
  summary: "Approve what a session asks permission for",
  about: "Takes the id of an approval or of a dialog, too; see approval list for both.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: decidable(z),
      prompt_id: promptId(z),
      always: z
        .boolean()
        .default(false)
        .describe("Choose the option that also allows it in future"),
      comment: commentField(z),
      dry_run: dryRun(z),
    }),
    output: decidedOutput(z),
  }),
  errors: decideErrors,
  cli: {
    command: "approve",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt_id: ["prompt"] },
    examples: ["agentpool approve @last"],
    render: renderDecided("approved"),
  },
  run: (ctx, input) => decide(ctx, input, input.always ? "allow_always" : "allow"),
});

export const deny = defineOperation<DecideInput, Decided>()({
  name: "session.deny",
  toolset: "default",
  summary: "Refuse what a session asks permission for",
  about: "Takes the id of an approval or of a dialog, too; see approval list for both.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: decidable(z),
      prompt_id: promptId(z),
      comment: commentField(z),
      dry_run: dryRun(z),
    }),
    output: decidedOutput(z),
  }),
  errors: decideErrors,
  cli: {
    command: "deny",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt_id: ["prompt"] },
    examples: ["agentpool deny @last"],
    render: renderDecided("rejected"),
  },
  run: (ctx, input) => decide(ctx, input, "deny"),
});

/** By a session's name, or by the id of what is decided. */
async function decide(
  ctx: OperationContext,
  input: DecideInput,
  role: "allow" | "allow_always" | "deny",
): Promise<Decided> {
  const { session_id: id, prompt_id: promptId, comment } = input;
  if (!isDecidable(id)) {
    if (comment !== undefined) {
      throw new AgentpoolError("invalid_input", "A dialog of an agent CLI takes no comment", {
        hint: "Answer in words where it takes them: agentpool answer --help",
        details: { fields: ["comment"] },
      });
    }
    return { ...(await give(ctx, input, { role })), approval: null };
  }
  if (promptId !== undefined && promptId !== id) {
    throw new AgentpoolError("invalid_input", "Two things are named to decide", {
      why: `${id} is one, and ${promptId} another.`,
      hint: "Leave --prompt out, or name the session before it.",
      details: { fields: ["prompt_id"] },
    });
  }
  const verdict = {
    id,
    state: role === "deny" ? "rejected" : "approved",
    always: role === "allow_always",
    comment: comment ?? null,
    agent: null,
    dryRun: input.dry_run,
  } as const;
  const { dryRun } = verdict;
  const given = await giveVerdict(ctx, verdict);
  if ("approval" in given) {
    const approval = projectApproval(given.approval);
    return {
      ok: true,
      session_id: approval.session_id,
      state: approval.state,
      prompt: null,
      approval,
      dry_run: dryRun,
    };
  }
  const { session, prompt } = given;
  return {
    ok: true,
    session_id: session.id,
    state: session.state,
    prompt: projectPrompt(prompt),
    approval: null,
    dry_run: dryRun,
  };
}

async function give(
  ctx: OperationContext,
  input: {
    readonly session_id: string;
    readonly prompt_id?: string;
    readonly fingerprint?: string;
    readonly dry_run: boolean;
  },
  choice: { readonly label: string } | { readonly role: OptionRole } | { readonly text: string },
): Promise<Output> {
  const { session, prompt } = await ctx.app.sessions.answer(
    {
      session: input.session_id,
      prompt: input.prompt_id ?? null,
      fingerprint: input.fingerprint ?? null,
      choice,
      dryRun: input.dry_run,
    },
    ctx,
  );
  return {
    ok: true,
    session_id: session.id,
    state: session.state,
    prompt: projectPrompt(prompt),
    dry_run: input.dry_run,
  };
}
