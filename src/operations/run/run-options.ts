import { resolve } from "node:path";
import type { RunLimits } from "../../domain/run.ts";
import { workspaceModes, type WorkspaceMode } from "../../domain/session.ts";
import type { PlannedRun } from "../../orchestration/spec/plan-run.ts";
import type { OperationContext, Z } from "../define.ts";
import type { RunView } from "./run-json.ts";
import { viewRun, waitForRun } from "./run-view.ts";

/** What every run may be begun with, whatever its kind. */
export interface RunOptions {
  provider_id?: string;
  model?: string;
  reasoning_effort?: string;
  isolation?: WorkspaceMode;
  profile?: string;
  system_prompt?: string;
  repo_path: string;
  concurrency?: number;
  attempts: number;
  fail_fast?: boolean;
  task_timeout_seconds?: number;
  run_timeout_seconds?: number;
  budget_tokens?: number;
  budget_usd?: number;
  budget_minutes?: number;
  name?: string;
  on_event?: string;
  env: string[];
  detach: boolean;
}

export function runOptions(z: Z) {
  const text = (description: string) => z.string().min(1).optional().describe(description);
  const seconds = (description: string) =>
    z
      .number()
      .min(1)
      .max(30 * 86_400)
      .optional()
      .describe(description);
  return {
    provider_id: text("Provider id or alias of whoever names none; never chosen for you"),
    model: text("Model, as the CLI names it"),
    reasoning_effort: text("Reasoning effort"),
    isolation: z
      .enum(workspaceModes)
      .optional()
      .describe("read_only, worktree (one for each attempt) or shared; as configured when absent"),
    profile: text("Profile of whoever names none"),
    system_prompt: text("Said to each agent before its task"),
    repo_path: z.string().default(".").describe("Folder to work in"),
    concurrency: z.number().int().min(1).max(1_000).optional().describe("Sessions at work at once"),
    attempts: z.number().int().min(1).max(100).default(1).describe("How often a task is tried"),
    fail_fast: z.boolean().optional().describe("The first task that fails ends the run"),
    task_timeout_seconds: seconds("How long one attempt may take"),
    run_timeout_seconds: seconds("How long the run may take"),
    budget_tokens: z.number().int().min(1).optional().describe("Tokens the run may use"),
    budget_usd: z.number().positive().optional().describe("US dollars it may cost, by list prices"),
    budget_minutes: z.number().positive().optional().describe("Minutes of sessions together"),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
      .optional()
      .describe("Name of the run: letters, digits, dots, dashes, at most 64"),
    on_event: text(
      "Command, or http(s) address, that is given each event of the run as JSON lines",
    ),
    env: z
      .array(z.string())
      .default([])
      .describe("Names of further environment variables to pass on"),
    detach: z.boolean().default(false).describe("Return as soon as it is recorded"),
  };
}

/** Flags of these in a shell. */
export const runFlags = {
  provider_id: ["provider"],
  repo_path: ["repo"],
  task_timeout_seconds: ["timeout"],
  run_timeout_seconds: ["run-timeout"],
} as const;

/** What flags say of a run's limits, over what its file says. */
export function limitsOf(options: RunOptions): Partial<RunLimits> {
  const { concurrency, budget_tokens: tokens, budget_usd: usd, budget_minutes: minutes } = options;
  const timeoutMs = milliseconds(options.run_timeout_seconds);
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(usd === undefined ? {} : { usd }),
    ...(minutes === undefined ? {} : { minutes }),
  };
}

/** What is to be begun, checked. */
export type ReadyRun = Omit<PlannedRun, "folders">;

/** Records the run, and unless it is to go on by itself follows it to its end. */
export async function startRun(
  ctx: OperationContext,
  options: RunOptions,
  ready: ReadyRun,
): Promise<RunView> {
  const { app } = ctx;
  const notes = [...ready.warnings, ...(await unpriced(app.home.prices, ready))];
  const run = await app.runs.start(
    {
      kind: ready.kind,
      spec: ready.spec,
      limits: ready.limits,
      repoPath: ready.repoPath,
      name: options.name ?? ready.name,
      failFast: options.fail_fast ?? ready.failFast,
      onEvent: options.on_event ?? ready.onEvent,
      envNames: [...new Set([...ready.envNames, ...options.env])],
      env: ctx.env,
    },
    ctx,
  );
  if (options.detach) return { ...(await viewRun(app, run.id)).view, notes };
  const view = await waitForRun(app, run.id, {
    timeoutMs: longestMs,
    signal: ctx.signal,
    throughApprovals: false,
    tell: ({ run: { progress } }) => {
      const ended = progress.completed + progress.failed + progress.cancelled;
      ctx.progress(run.id, ended, progress.total);
    },
  });
  return { ...view, notes };
}

/** Whose work a limit in dollars cannot stop, because nobody knows what it costs. */
async function unpriced(pricesFile: string, { kind, spec, limits }: ReadyRun): Promise<string[]> {
  if (limits.usd === null) return [];
  const { workloadOf } = await import("../../orchestration/kinds/workload.ts");
  const { priceList } = await import("../../domain/price-list.ts");
  const { priceOf } = await import("../../domain/price.ts");
  const { readPrices } = await import("../../platform/price-file.ts");
  const prices = [...(readPrices(pricesFile) ?? []), ...priceList];
  const names = workloadOf(kind, spec)
    .filter(({ model }) => priceOf({ input: 1, output: 1, cached: 0 }, model, prices).usd === null)
    .map(
      ({ providerId, model }) => `${providerId} with ${model ?? "the model it takes by itself"}`,
    );
  return [...new Set(names)].map(
    (name) => `the price of ${name} is not known: what it spends may not count for --budget-usd`,
  );
}

const longestMs = 365 * 86_400_000;

export function repoOf(ctx: OperationContext, options: RunOptions): string {
  return resolve(ctx.cwd, options.repo_path);
}

export function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
}
