import { resolve } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { defaultScaling } from "../../domain/scaling-rules.ts";
import { workspaceModes, type WorkspaceMode } from "../../domain/session.ts";
import { resolveRun, runEnded } from "../../orchestration/scheduler/run-error.ts";
import { defineOperation, type OperationContext } from "../define.ts";
import { profilesHere } from "../profile/profile-json.ts";
import { tag } from "../task/task-fields.ts";
import { rulesFields, rulesOf, type RulesInput } from "./rules-fields.ts";
import { projectWorkers, workersJson, workersTable, type WorkersJson } from "./workers-json.ts";

interface Input extends RulesInput {
  name: string;
  provider_id?: string;
  model?: string;
  reasoning_effort?: string;
  profile?: string;
  system_prompt?: string;
  tags: string[];
  isolation?: WorkspaceMode;
  repo_path: string;
  run_id?: string;
  env: string[];
}

export interface Output {
  workers: WorkersJson;
}

export const start = defineOperation<Input, Output>()({
  name: "workers.start",
  toolset: "runs",
  summary: "Keep as many workers as the board of tasks has work for",
  about:
    "Each is a session that takes tasks until nothing is left for it. More are started while tasks " +
    "wait, in steps and never above the limits of policy and account; those that were idle for the " +
    "cool-down drain: they finish what they have, and are ended. Each decision is an event with its " +
    "reason. They are kept whoever still listens, until workers drain or stop.",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => {
    const text = (description: string) => z.string().min(1).optional().describe(description);
    return {
      input: z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
          .describe("Name of these workers"),
        provider_id: text("Provider id or alias; never chosen for you"),
        model: text("Model, as the CLI names it"),
        reasoning_effort: text("Reasoning effort"),
        profile: text("Profile of the workers; tasks that require this role are theirs"),
        system_prompt: text("Said to each worker before how to work"),
        tags: z.array(tag(z)).max(50).default([]).describe("Only tasks with one of these tags"),
        isolation: z
          .enum(workspaceModes)
          .optional()
          .describe(
            "read_only, worktree (one for each worker) or shared; as configured when absent",
          ),
        repo_path: z.string().default(".").describe("Folder to work in"),
        run_id: text("Tasks of this run instead of those of no run"),
        ...rulesFields(z),
        env: z
          .array(z.string())
          .default([])
          .describe("Names of further environment variables to pass on"),
      }),
      output: z.looseObject({ workers: workersJson(z) }),
    };
  },
  errors: [
    "provider_required",
    "provider_not_found",
    "provider_not_installed",
    "profile_not_found",
    "run_not_found",
    "run_ended",
    "ambiguous_id",
    "workers_exist",
    "idempotency_conflict",
    "policy_blocked",
    "budget_used_up",
    "invalid_input",
    "invalid_config",
    "not_a_git_repository",
    "repo_without_commits",
    "repo_not_a_directory",
    "tmux_missing",
  ],
  cli: {
    command: "workers start",
    group: "Tasks",
    positionals: ["name"],
    flags: {
      provider_id: ["provider"],
      repo_path: ["repo"],
      tags: ["tag"],
      run_id: ["run"],
      cool_down_seconds: ["cool-down"],
    },
    short: { provider_id: "p" },
    ids: "workers.id",
    examples: ["agentpool workers start w --provider fake-worker --max 2"],
    render: ({ workers }, style) => workersTable([workers], style),
  },
  mcp: {
    tool: "start_workers",
    title: "Start workers",
    description:
      "Keep as many workers as the board of tasks has work for, between min and max. Name the " +
      "provider. Add tasks with add_task, look with get_workers, end them with drain_workers.",
    idempotent: false,
    openWorld: true,
    omit: ["env"],
    unlisted: ["reasoning_effort", "system_prompt", "break_after", "break_seconds"],
    workerText: ["workers.waits_because", "workers.decided_because"],
  },
  run: async (ctx, input) => {
    const repoPath = resolve(ctx.cwd, input.repo_path);
    const profile = await profileOf({ ...ctx, cwd: repoPath }, input.profile);
    const providerId = input.provider_id ?? profile?.providerId;
    if (providerId === undefined || providerId === null) {
      throw new AgentpoolError("provider_required", "No provider was named", {
        why: "Which agent works is never chosen for you.",
        hint: `agentpool workers start ${input.name} --provider ID (which there are: agentpool inventory)`,
      });
    }
    const config = await ctx.app.config(repoPath).catch(() => ctx.app.config());
    const group = await ctx.app.workerGroups.start(
      {
        name: input.name,
        providerId,
        model: input.model ?? profile?.model ?? null,
        effort: input.reasoning_effort ?? profile?.effort ?? null,
        profile: profile?.name ?? null,
        instructions: input.system_prompt ?? profile?.instructions ?? null,
        tags: input.tags,
        mode: input.isolation ?? profile?.mode ?? config.get("policy.default_isolation"),
        repoPath,
        runId: input.run_id === undefined ? null : await runOf(ctx, input.run_id),
        envNames: input.env,
        rules: { ...defaultScaling, ...rulesOf(input) },
        env: ctx.env,
      },
      ctx,
    );
    return { workers: projectWorkers(group, ctx.app.now()) };
  },
});

async function profileOf(ctx: OperationContext, name: string | undefined) {
  if (name === undefined) return undefined;
  const { profiles } = await profilesHere(ctx);
  const profile = profiles.get(name);
  if (profile) return profile;
  throw new AgentpoolError("profile_not_found", `No profile "${name}"`, {
    hint: "List all, and what is wrong with any: agentpool profiles list",
  });
}

async function runOf({ app }: OperationContext, idOrName: string): Promise<string> {
  const run = await resolveRun(app.store, idOrName);
  if (run.endedAt !== null) throw runEnded(run);
  return run.id;
}
