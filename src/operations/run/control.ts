import { counted } from "../../domain/counted.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Run } from "../../domain/run.ts";
import { isRunEnd } from "../../domain/run-rules.ts";
import { defineOperation, type OperationContext, type Style } from "../define.ts";
import { namedRun, projectRun, runId, runJson, type RunJson } from "./run-json.ts";
import { headline } from "./run-text.ts";

interface Input {
  run_id: string;
}

export interface Output {
  run: RunJson;
}

/** So long a cancelled run's sessions may take to end before that is left to the supervisor. */
const settleMs = 30_000;

async function answer({ app }: OperationContext, run: Run): Promise<Output> {
  return { run: projectRun(run, await app.store.tasks.counts({ runId: run.id })) };
}

/** Of every output here. */
const workerText = ["run.output", "run.because"] as const;

const render = ({ run }: Output, style: Style): string => headline(run, style);

export const pause = defineOperation<Input, Output>()({
  name: "run.pause",
  toolset: "runs",
  summary: "Begin nothing more of a run",
  about: "What is at work goes on to its end; run resume goes on with the rest.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({ run_id: runId(z) }),
    output: z.looseObject({ run: runJson(z) }),
  }),
  errors: ["run_not_found", "ambiguous_id", "run_ended"],
  cli: {
    command: "run pause",
    group: "Core",
    positionals: ["run_id"],
    examples: ["agentpool run pause @last"],
    render,
  },
  mcp: {
    tool: "pause_run",
    title: "Pause a run",
    description: "Begin nothing more of a run; what is at work goes on to its end.",
    idempotent: true,
    openWorld: false,
    required: ["run_id"],
    workerText: [...workerText],
  },
  run: async (ctx, input) => answer(ctx, await ctx.app.runs.pause(input.run_id, ctx)),
});

export const resume = defineOperation<Input, Output>()({
  name: "run.resume",
  toolset: "runs",
  summary: "Go on with a paused run",
  about:
    "With the environment of this command, as far as its agents are given one. A run that was " +
    "interrupted needs no resume: it goes on with any command.",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({ run_id: runId(z) }),
    output: z.looseObject({ run: runJson(z) }),
  }),
  errors: [
    "run_not_found",
    "ambiguous_id",
    "run_ended",
    "budget_used_up",
    "invalid_config",
    "policy_blocked",
  ],
  cli: {
    command: "run resume",
    group: "Core",
    positionals: ["run_id"],
    examples: ["agentpool run resume @last"],
    render,
  },
  mcp: {
    tool: "resume_run",
    title: "Resume a run",
    description: "Go on with a paused run.",
    idempotent: true,
    openWorld: true,
    required: ["run_id"],
    workerText: [...workerText],
  },
  run: async (ctx, input) => answer(ctx, await ctx.app.runs.resume(input.run_id, ctx.env, ctx)),
});

export interface CancelOutput extends Output {
  dry_run: boolean;
  /** With dry_run: how many tasks would be cancelled. */
  would_cancel?: number;
  /** With dry_run: the sessions that would end. */
  would_terminate?: readonly string[];
}

export const cancel = defineOperation<
  Input & { because?: string; dry_run: boolean },
  CancelOutput
>()({
  name: "run.cancel",
  toolset: "runs",
  summary: "End a run, its tasks and its sessions",
  about: "What its sessions changed stays in their worktrees, and what they said is kept.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      run_id: namedRun(z),
      because: z.string().min(1).max(500).optional().describe("Why, for whoever asks later"),
      dry_run: z.boolean().default(false).describe("Only say what would end"),
    }),
    output: z.looseObject({
      run: runJson(z),
      dry_run: z.boolean(),
      would_cancel: z.number().optional(),
      would_terminate: z.array(z.string()).optional(),
    }),
  }),
  errors: ["run_not_found", "ambiguous_id"],
  cli: {
    command: "run cancel",
    group: "Core",
    positionals: ["run_id"],
    examples: ["agentpool run cancel @last --dry-run", "agentpool run cancel @last"],
    render: (output, style) => {
      const { would_cancel: tasks, would_terminate: sessions } = output;
      if (tasks === undefined || sessions === undefined) return render(output, style);
      const lines = sessions.map((id) => `  would end ${id}`);
      return [render(output, style), `  would cancel ${counted(tasks, "task")}`, ...lines].join(
        "\n",
      );
    },
  },
  mcp: {
    tool: "cancel_run",
    title: "Cancel a run",
    description: "End a run: its tasks are cancelled and its workers ended; their work is kept.",
    idempotent: true,
    openWorld: false,
    unlisted: ["dry_run"],
    confirm: { does: "ends workers in the middle of their work", unless: "dry_run" },
    workerText: [...workerText],
  },
  run: async (ctx, input) => {
    if (input.dry_run) return wouldEnd(ctx, await ctx.app.runs.resolve(input.run_id));
    const run = await ctx.app.runs.cancel(input.run_id, input.because ?? null, ctx);
    await ctx.app.runs.settled(run.id, settleMs, ctx.signal);
    return { ...(await answer(ctx, run)), dry_run: false };
  },
});

async function wouldEnd(ctx: OperationContext, run: Run): Promise<CancelOutput> {
  const { store } = ctx.app;
  const { pending, blocked, claimed } = await store.tasks.counts({ runId: run.id });
  const author = formatPrincipal({ kind: "run", runId: run.id });
  const live = (await store.sessions.live()).filter((session) => session.author === author);
  const isOver = isRunEnd(run.state);
  return {
    ...(await answer(ctx, run)),
    dry_run: true,
    would_cancel: isOver ? 0 : pending + blocked + claimed,
    would_terminate: isOver ? [] : live.map(({ id }) => id),
  };
}

export const retry = defineOperation<
  Input & { tasks: string[]; dry_run: boolean },
  Output & { dry_run: boolean; retried: readonly string[] }
>()({
  name: "run.retry",
  toolset: "runs",
  summary: "Do failed and cancelled tasks of a run again",
  about: "The run goes on with all its time and budgets; what is completed stays.",
  effect: "write",
  wantsEnvironment: true,
  schemas: (z) => ({
    input: z.strictObject({
      run_id: runId(z),
      tasks: z.array(z.string().min(1)).default([]).describe("Only these, by key or id"),
      dry_run: z.boolean().default(false).describe("Only say which would be done again"),
    }),
    output: z.looseObject({
      run: runJson(z),
      dry_run: z.boolean(),
      retried: z.array(z.string()),
    }),
  }),
  errors: [
    "run_not_found",
    "ambiguous_id",
    "nothing_to_retry",
    "budget_used_up",
    "invalid_config",
    "policy_blocked",
  ],
  cli: {
    command: "run retry",
    group: "Core",
    positionals: ["run_id"],
    flags: { tasks: ["task"] },
    examples: ["agentpool run retry @last --dry-run", "agentpool run retry @last"],
    render: (output, style) => {
      const verb = output.dry_run ? "would be done again" : "will be done again";
      return `${headline(output.run, style)}\n${counted(output.retried.length, "task")} ${verb}`;
    },
  },
  mcp: {
    tool: "retry_run",
    title: "Retry a run",
    description: "Do failed and cancelled tasks of a run again; what is completed stays.",
    idempotent: false,
    openWorld: true,
    required: ["run_id"],
    unlisted: ["dry_run"],
    workerText: [...workerText],
  },
  run: async (ctx, input) => {
    const { run_id: named, tasks, dry_run: dryRun } = input;
    const { run, retried } = await ctx.app.runs.retry(named, { tasks, env: ctx.env, dryRun }, ctx);
    return { ...(await answer(ctx, run)), dry_run: dryRun, retried };
  },
});
