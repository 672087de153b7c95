import { resolve } from "node:path";
import { workspaceModes, type WorkspaceMode } from "../../domain/session.ts";
import { checkNumber, checkText, wrong } from "./given.ts";

/** Who does something, and how. What is left out is taken from further out: profile, pool, settings. */
export interface WorkerOptions {
  /** Provider id or alias; never chosen for you. */
  readonly provider?: string | undefined;
  /** Model, as the agent CLI names it. */
  readonly model?: string | undefined;
  /** Reasoning effort, as the agent CLI names it. */
  readonly effort?: string | undefined;
  /** A profile: `agentpool profiles list`. */
  readonly profile?: string | undefined;
  /** `read_only`, `worktree` (one for each attempt, on a branch of its own) or `shared`. */
  readonly isolation?: WorkspaceMode | undefined;
  /** Said to the agent before its task. */
  readonly systemPrompt?: string | undefined;
  /** How long one attempt may take. */
  readonly timeoutSeconds?: number | undefined;
  /** Folder to work in; the program's when nobody says. */
  readonly workspace?: string | undefined;
  /** How often it is tried, 1 when nobody says. */
  readonly attempts?: number | undefined;
}

export const workerFields = [
  "provider",
  "model",
  "effort",
  "profile",
  "isolation",
  "systemPrompt",
  "timeoutSeconds",
  "workspace",
  "attempts",
] as const satisfies readonly (keyof WorkerOptions)[];

const longestTimeoutSeconds = 30 * 86_400;

/** @throws invalid_input */
export function checkWorker(what: string, options: WorkerOptions): void {
  for (const field of [
    "provider",
    "model",
    "effort",
    "profile",
    "systemPrompt",
    "workspace",
  ] as const) {
    if (options[field] !== undefined) checkText(what, field, options[field]);
  }
  const { isolation, timeoutSeconds, attempts } = options;
  if (isolation !== undefined && !workspaceModes.includes(isolation)) {
    throw wrong(what, "isolation", `is none of ${workspaceModes.join(", ")}`);
  }
  const timeout = { value: timeoutSeconds, min: 1, max: longestTimeoutSeconds };
  checkNumber(what, "timeoutSeconds", timeout);
  checkNumber(what, "attempts", { value: attempts, min: 1, max: 100, whole: true });
}

/** The same in the words of a run file. */
export function workerSpec(options: WorkerOptions, cwd: string): Record<string, unknown> {
  const { workspace } = options;
  return definedFields({
    provider: options.provider,
    model: options.model,
    effort: options.effort,
    profile: options.profile,
    isolation: options.isolation,
    system_prompt: options.systemPrompt,
    timeout: options.timeoutSeconds,
    repo: workspace === undefined ? undefined : resolve(cwd, workspace),
    attempts: options.attempts,
  });
}

export function definedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
