import { resolve } from "node:path";
import type { RunKindName } from "../../domain/run.ts";
import type { AgentPoolClient } from "./client.ts";
import { checkFields, checkNumber, wrong } from "./given.ts";
import type { WorkerOptions } from "./worker-options.ts";

/** What bounds a run, and how it is called. */
export interface RunOptions {
  /** Name of the run: `agentpool run watch <name>`. */
  readonly name?: string | undefined;
  /** The first task that fails ends the run. */
  readonly failFast?: boolean | undefined;
  readonly runTimeoutSeconds?: number | undefined;
  /** Work stops when any of these is used up. */
  readonly budget?:
    | {
        readonly tokens?: number | undefined;
        /** US dollars, by list prices. */
        readonly usd?: number | undefined;
        /** Minutes of sessions together. */
        readonly minutes?: number | undefined;
      }
    | undefined;
  /** Names of further environment variables that agents are given. */
  readonly passEnv?: readonly string[] | undefined;
}

export const runFields = [
  "name",
  "failFast",
  "runTimeoutSeconds",
  "budget",
  "passEnv",
] as const satisfies readonly (keyof RunOptions)[];

const budgetFields = ["tokens", "usd", "minutes"] as const;

/** @throws invalid_input */
export function checkRun(what: string, { runTimeoutSeconds, passEnv, budget }: RunOptions): void {
  const timeout = { value: runTimeoutSeconds, min: 1, max: 30 * 86_400 };
  checkNumber(what, "runTimeoutSeconds", timeout);
  if (passEnv !== undefined && !Array.isArray(passEnv)) {
    throw wrong(what, "passEnv", "is no list of names");
  }
  // a limit under a name that nobody knows would be none
  if (budget !== undefined) checkFields(`${what} budget`, budget, budgetFields);
  for (const field of budgetFields) {
    const bounds = { value: budget?.[field], min: Number.MIN_VALUE, max: Infinity };
    checkNumber(what, `budget.${field}`, bounds);
  }
}

type StartInput = Parameters<AgentPoolClient["run"]["start"]>[0];

/** The request that begins the run. */
export function startInput(
  kind: RunKindName,
  spec: Record<string, unknown>,
  options: WorkerOptions & RunOptions & { readonly concurrency?: number; readonly cwd: string },
): StartInput {
  const given: { [Field in keyof StartInput]: StartInput[Field] | undefined } = {
    kind,
    spec,
    detach: true,
    providerId: options.provider,
    model: options.model,
    reasoningEffort: options.effort,
    isolation: options.isolation,
    profile: options.profile,
    systemPrompt: options.systemPrompt,
    repoPath: resolve(options.cwd, options.workspace ?? "."),
    concurrency: options.concurrency,
    attempts: options.attempts,
    failFast: options.failFast,
    taskTimeoutSeconds: options.timeoutSeconds,
    runTimeoutSeconds: options.runTimeoutSeconds,
    budgetTokens: options.budget?.tokens,
    budgetUsd: options.budget?.usd,
    budgetMinutes: options.budget?.minutes,
    name: options.name,
    env: options.passEnv === undefined ? undefined : [...options.passEnv],
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as StartInput;
}
