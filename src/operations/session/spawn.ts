import { AgentpoolError } from "../../domain/errors.ts";
import { roles, supervisions, workspaceModes } from "../../domain/session.ts";
import { sessionToolsets, type SessionToolset } from "../../domain/toolset.ts";
import { defineOperation, type OperationContext, type Style } from "../define.ts";
import {
  preferencesReference,
  type PreferencesReference,
} from "../preferences/preferences-file.ts";
import {
  projectDelivery,
  projectSession,
  type DeliveryJson,
  type SessionJson,
} from "../projection.ts";
import { startedShape } from "../schemas.ts";

interface Input {
  provider_id: string;
  task: string;
  repo_path: string;
  role: (typeof roles)[number];
  isolation?: (typeof workspaceModes)[number];
  model?: string;
  reasoning_effort?: string;
  service_tier?: string;
  initial_prompt_mode: "provider_default" | "arg" | "send_after_launch";
  name?: string;
  env: string[];
  base?: string;
  require_clean: boolean;
  max_turns?: number;
  max_runtime_seconds?: number;
  allowed_files?: string[];
  supervision: (typeof supervisions)[number];
  account?: string;
  toolset?: SessionToolset;
  provider_options: Record<string, string>;
  dry_run: boolean;
}

export interface Output {
  /** With `dry_run` of no session, and so are the paths made of it. */
  session_id: string;
  session: SessionJson;
  delivery: DeliveryJson | null;
  attach_command: string;
  /** What can be done to it while it lives. */
  live_control: {
    can_capture_screen: boolean;
    can_send_message: boolean;
    can_send_keys: boolean;
    can_interrupt: boolean;
    can_attach: boolean;
    attach_kind: string;
    initial_prompt_mode: string;
  };
  preferences: PreferencesReference;
  warnings: readonly string[];
  dry_run: boolean;
}

export const spawn = defineOperation<Input, Output>()({
  name: "session.spawn",
  toolset: "default",
  summary: "Start an agent as a live session",
  about:
    "Returns as soon as the agent's process runs in its pane; observe the session to see whether " +
    "it took the task. The provider is always named by the caller.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      provider_id: z.string().describe("Provider id or alias; never chosen for you"),
      task: z.string().describe("First prompt, sent byte for byte; at most 1 MB"),
      repo_path: z.string().default(".").describe("Folder to work in"),
      role: z.enum(roles).default("explorer").describe("What it is for"),
      isolation: z
        .enum(workspaceModes)
        .optional()
        .describe(
          "read_only: the CLI's own mode; worktree: a git worktree of its own; shared: the folder itself",
        ),
      model: z.string().min(1).optional().describe("Model, as the CLI names it"),
      reasoning_effort: z.string().min(1).optional().describe("Reasoning effort"),
      service_tier: z.string().min(1).optional().describe("Service tier"),
      initial_prompt_mode: z
        .enum(["provider_default", "arg", "send_after_launch"])
        .default("provider_default")
        .describe("Task as an argument, or pasted"),
      name: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
        .optional()
        .describe("Name of the session: letters, digits, dots, dashes, at most 64"),
      env: z
        .array(z.string())
        .default([])
        .describe("Names of further environment variables to pass on"),
      base: z.string().min(1).optional().describe("Commit or branch a worktree starts from"),
      require_clean: z.boolean().default(false).describe("Refuse uncommitted work"),
      max_turns: z.number().int().min(1).optional().describe("Texts it takes after the task"),
      max_runtime_seconds: z.number().int().min(1).optional().describe("It is ended after so long"),
      allowed_files: z.array(z.string().min(1)).optional().describe("Globs it may change"),
      supervision: z
        .enum(supervisions)
        .default("interactive")
        .describe(
          "Who answers: rules and callers; autonomous: nobody, dialogs are denied; human_visible: people alone",
        ),
      account: z.string().min(1).optional().describe("Account id or sign-in folder"),
      toolset: z
        .enum(sessionToolsets)
        .optional()
        .describe(
          "What it may ask of agentpool: worker: tasks, messages, leases; lead: those, and to start workers, while it only reads files",
        ),
      provider_options: z
        .record(z.string(), z.string())
        .default({})
        .describe("Options of this provider"),
      dry_run: z.boolean().default(false).describe("Only check it and say what would be started"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      ...startedShape(z),
    }),
  }),
  errors: [
    "provider_required",
    "provider_not_found",
    "provider_not_installed",
    "invalid_task",
    "text_too_large",
    "invalid_input",
    "repo_not_found",
    "repo_not_a_directory",
    "not_a_git_repository",
    "repo_dirty",
    "repo_without_commits",
    "base_not_found",
    "git_missing",
    "tmux_missing",
    "tmux_too_old",
    "spawn_failed",
    "policy_blocked",
    "usage_policy_blocked",
    "quota_low",
    "account_limited",
    "invalid_config",
  ],
  cli: {
    command: "spawn",
    group: "Core",
    ids: "session_id",
    flags: {
      provider_id: ["provider"],
      repo_path: ["repo"],
      provider_options: ["provider-option"],
      allowed_files: ["allowed-file"],
    },
    short: { provider_id: "p" },
    examples: [
      'agentpool spawn --provider fake-completed --task "Say hello"',
      'agentpool spawn -p fake-patch --task "Fix the typo" --isolation worktree',
      "agentpool spawn -p codex-cli --task-file task.md --name rex --role reviewer",
      'agentpool spawn -p fake --task "Fix the typo" --isolation worktree --dry-run',
    ],
    render: (output, style) =>
      output.dry_run
        ? plannedLines(output, style)
        : [
            `${style.bold(output.session_id)}  ${output.session.provider_id}  ${output.session.state}`,
            `  ${style.dim("works in")}  ${output.session.work_path}`,
            ...output.warnings.map((warning) => `  ${style.yellow("warning")}   ${warning}`),
            `  ${style.dim("watch")}     agentpool observe ${output.session_id} --wait-for completed --timeout 600`,
            `  ${style.dim("look in")}   ${output.attach_command}`,
          ].join("\n"),
  },
  mcp: {
    tool: "spawn_worker",
    title: "Start a worker",
    description:
      "Start another coding agent as a live worker, to hand over a bounded task. Name the provider " +
      "yourself. Returns at once; follow with observe_worker. Not for what you can do yourself.",
    idempotent: false,
    openWorld: true,
    omit: ["env"],
    unlisted: [
      "initial_prompt_mode",
      "service_tier",
      "require_clean",
      "base",
      "supervision",
      "account",
      "toolset",
      "dry_run",
    ],
    links: ["session"],
  },
  wantsEnvironment: true,
  run: async (ctx, input) => {
    const begin = input.dry_run ? "plan" : "spawn";
    const result = await ctx.app.sessions[begin](
      {
        provider: input.provider_id,
        task: input.task,
        repo: input.repo_path,
        role: input.role,
        mode: input.isolation ?? null,
        model: input.model ?? null,
        effort: input.reasoning_effort ?? null,
        serviceTier: input.service_tier ?? null,
        initialPromptMode: input.initial_prompt_mode,
        name: input.name ?? null,
        envNames: input.env,
        env: ctx.env,
        base: input.base ?? null,
        requireClean: input.require_clean,
        maxTurns: input.max_turns ?? null,
        maxRuntimeSeconds: input.max_runtime_seconds ?? null,
        // an empty list is how callers say that nothing was named
        allowedFiles: input.allowed_files?.length ? input.allowed_files : null,
        supervision: input.supervision,
        account: input.account ?? null,
        ...(await workFor(ctx, input.toolset ?? null)),
        extra: input.provider_options,
        cwd: ctx.cwd,
      },
      ctx,
    );
    const config = await ctx.app.config(result.session.workspace.workPath);
    return {
      session_id: result.session.id,
      session: projectSession(result.session, ctx.app.home),
      delivery: result.delivery ? projectDelivery(result.delivery) : null,
      attach_command: `agentpool attach ${result.session.id}`,
      live_control: {
        can_capture_screen: true,
        can_send_message: true,
        can_send_keys: config.get("policy.allow_raw_keys"),
        can_interrupt: true,
        can_attach: true,
        attach_kind: "tmux",
        initial_prompt_mode: result.session.initialPromptMode,
      },
      preferences: await preferencesReference(ctx.app.home),
      warnings: result.warnings,
      dry_run: input.dry_run,
    };
  },
});

/** Whom a lead starts is of its run, and never another lead. @throws tool_refused */
async function workFor(
  { app, principal }: OperationContext,
  toolset: SessionToolset | null,
): Promise<{ readonly toolset: SessionToolset | null; readonly runId: string | null }> {
  if (principal.kind !== "session") return { toolset, runId: null };
  const asker = await app.store.sessions.get(principal.sessionId);
  if (!asker || asker.toolset === null) return { toolset, runId: null };
  if (toolset === "lead") {
    throw new AgentpoolError("tool_refused", `Session ${asker.id} cannot start a lead`, {
      why: "Whom a lead starts is a worker.",
      hint: "Leave toolset out.",
    });
  }
  return { toolset: "worker", runId: asker.runId };
}

function plannedLines({ session, warnings }: Output, style: Style): string {
  const tree =
    session.workspace_mode === "worktree"
      ? `a worktree of its own, ${session.work_path}`
      : session.work_path;
  return [
    `${style.bold(session.provider_id)} would be started; nothing was.`,
    `  ${style.dim("works in")}  ${tree}`,
    ...warnings.map((warning) => `  ${style.yellow("warning")}   ${warning}`),
  ].join("\n");
}
