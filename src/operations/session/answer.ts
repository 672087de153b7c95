import { AgentpoolError } from "../../domain/errors.ts";
import type { OptionRole } from "../../domain/prompt.ts";
import { defineOperation, type CliPart, type OperationContext } from "../define.ts";
import { projectPrompt, type PromptJson } from "../projection.ts";
import { promptJson, sessionId } from "../schemas.ts";
import type { Z } from "../define.ts";

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
  dry_run: boolean;
}

export const approve = defineOperation<DecideInput, Output>()({
  name: "session.approve",
  toolset: "default",
  summary: "Approve what a session asks permission for",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      prompt_id: promptId(z),
      always: z
        .boolean()
        .default(false)
        .describe("Choose the option that also allows it in future"),
      dry_run: dryRun(z),
    }),
    output: output(z),
  }),
  errors,
  cli: {
    command: "approve",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt_id: ["prompt"] },
    examples: ["agentpool approve @last"],
    render,
  },
  run: (ctx, input) => give(ctx, input, { role: input.always ? "allow_always" : "allow" }),
});

export const deny = defineOperation<DecideInput, Output>()({
  name: "session.deny",
  toolset: "default",
  summary: "Refuse what a session asks permission for",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      prompt_id: promptId(z),
      dry_run: dryRun(z),
    }),
    output: output(z),
  }),
  errors,
  cli: {
    command: "deny",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt_id: ["prompt"] },
    examples: ["agentpool deny @last"],
    render,
  },
  run: (ctx, input) => give(ctx, input, { role: "deny" }),
});

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
