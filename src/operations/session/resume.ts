import { defineOperation } from "../define.ts";
import {
  projectDelivery,
  projectSession,
  type DeliveryJson,
  type SessionJson,
} from "../projection.ts";
import { sessionId, startedShape } from "../schemas.ts";

interface Input {
  session_id: string;
  prompt?: string;
  dry_run: boolean;
}

export interface Output {
  session_id: string;
  from_state: string;
  session: SessionJson;
  delivery: DeliveryJson | null;
  attach_command: string;
  warnings: readonly string[];
  dry_run: boolean;
}

export const resume = defineOperation<Input, Output>()({
  name: "session.resume",
  toolset: "sessions",
  summary: "Go on with the conversation of a session that is over",
  about:
    "The agent starts in a new pane, with the conversation, work folder, options and files of the " +
    "same session, whatever ended it: an exit, a crash, the death of tmux, a reboot. Values of its " +
    "environment come from where you ask. A worktree that is gone is made again from its branch.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      prompt: z.string().optional().describe("Next prompt, sent once the agent is up"),
      dry_run: z.boolean().default(false).describe("Only check whether it can be resumed"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      from_state: z.string(),
      ...startedShape(z),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_live",
    "session_busy",
    "no_conversation",
    "conversation_in_use",
    "resume_unsupported",
    "provider_not_found",
    "provider_not_installed",
    "repo_not_found",
    "repo_not_a_directory",
    "worktree_not_found",
    "invalid_task",
    "text_too_large",
    "tmux_missing",
    "tmux_too_old",
    "spawn_failed",
    "conflict",
    "policy_blocked",
    "other_run",
  ],
  cli: {
    command: "resume",
    group: "Core",
    positionals: ["session_id"],
    flags: { prompt: ["task"] },
    examples: ["agentpool resume @last", 'agentpool resume rex --task "Go on where you stopped"'],
    render: (output, style) =>
      output.dry_run
        ? `${output.session_id}  would be resumed in ${output.session.work_path}`
        : [
            `${style.bold(output.session_id)}  ${output.session.provider_id}  ${output.session.state}  ${style.dim(`was ${output.from_state}`)}`,
            `  ${style.dim("works in")}  ${output.session.work_path}`,
            ...output.warnings.map((warning) => `  ${style.yellow("warning")}   ${warning}`),
            ...(output.delivery === null
              ? []
              : [`  ${style.dim("prompt")}    ${output.delivery.id}`]),
            `  ${style.dim("look in")}   ${output.attach_command}`,
          ].join("\n"),
  },
  mcp: {
    tool: "resume_worker",
    title: "Resume a worker",
    description: "Bring a worker that is over back with the same conversation and files.",
    idempotent: false,
    openWorld: true,
    unlisted: ["dry_run"],
  },
  wantsEnvironment: true,
  run: async (ctx, input) => {
    const { sessions, home } = ctx.app;
    const request = { prompt: input.prompt ?? null, env: ctx.env, dryRun: input.dry_run };
    const resumed = await sessions.resume(input.session_id, request, ctx);
    return {
      session_id: resumed.session.id,
      from_state: resumed.fromState,
      session: projectSession(resumed.session, home),
      delivery: resumed.delivery ? projectDelivery(resumed.delivery) : null,
      attach_command: `agentpool attach ${resumed.session.id}`,
      warnings: resumed.warnings,
      dry_run: input.dry_run,
    };
  },
});
