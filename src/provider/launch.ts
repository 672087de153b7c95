import { isAbsolute, normalize } from "node:path/posix";
import { AgentpoolError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { WorkspaceMode } from "../domain/session.ts";
import type { LaunchPlan, LaunchRequest, ProviderDefinition } from "./definition.ts";
import { isName, sessionMarker } from "./environment.ts";

/** What a caller may choose for a new session. */
export interface ChosenOptions {
  readonly mode: WorkspaceMode;
  readonly model: string | null;
  readonly effort: string | null;
  readonly serviceTier: string | null;
  readonly initialPromptMode: "provider_default" | "arg" | "send_after_launch";
}

type Provider = Pick<ProviderDefinition, "id" | "displayName" | "options" | "reads" | "launch">;

/**
 * Refuses what the provider cannot do, before anything is made for the session.
 * @throws invalid_input
 */
export function checkOptions(provider: Provider, chosen: ChosenOptions): void {
  const { options, displayName, id } = provider;
  const lacks = (what: string, flag: string): AgentpoolError =>
    new AgentpoolError("invalid_input", `${displayName} takes no ${what} at launch`, {
      hint: `Leave out ${flag} for --provider ${id}.`,
      details: { provider: id, flag },
    });
  if (chosen.mode === "read_only" && options.readOnly !== true) {
    throw new AgentpoolError("invalid_input", `${displayName} has no read-only mode that holds`, {
      why: "Nothing in that CLI keeps the agent from writing, so agentpool does not promise it.",
      hint: "Use --isolation worktree, so that it writes into a copy, or --isolation shared.",
      details: { provider: id, mode: chosen.mode },
    });
  }
  if (chosen.model !== null) {
    if (!options.model) throw lacks("model", "--model");
    checkWord(chosen.model, "model", "--model");
  }
  if (chosen.serviceTier !== null) {
    if (!options.serviceTier) throw lacks("service tier", "--service-tier");
    checkWord(chosen.serviceTier, "service tier", "--service-tier");
  }
  if (chosen.effort !== null) {
    if (options.effort.length === 0) throw lacks("reasoning effort", "--reasoning-effort");
    if (!options.effort.includes(chosen.effort)) throw unknownEffort(provider, chosen.effort);
  }
  if (chosen.initialPromptMode === "arg" && !options.promptArgument) {
    throw lacks("prompt as an argument", "--initial-prompt-mode arg");
  }
}

/** A value that begins with a dash would be read as a flag of the CLI. */
function checkWord(value: string, what: string, flag: string): void {
  if (/^[^-\s\p{C}][^\s\p{C}]*$/u.test(value)) return;
  throw new AgentpoolError("invalid_input", `"${value}" is no ${what}`, {
    why: "It is empty, begins with a dash, or holds blanks or control characters.",
    hint: `Check the value of ${flag}.`,
  });
}

function unknownEffort(provider: Provider, effort: string): AgentpoolError {
  const { effort: known } = provider.options;
  const near = nearest(effort, known);
  return new AgentpoolError(
    "invalid_input",
    `${provider.displayName} has no reasoning effort "${effort}"`,
    {
      why: `It takes: ${known.join(", ")}.`,
      ...(near === undefined ? {} : { hint: `Did you mean --reasoning-effort ${near}?` }),
      details: { provider: provider.id, allowed: known },
    },
  );
}

/** Settings are far smaller; of something larger that stands there, the end is cut off. */
const maxReadBytes = 1024 * 1024;

/** What a launch looks at. */
export interface LaunchMachine {
  readonly stat: (path: string) => Promise<{ readonly kind: string } | undefined>;
  readonly read: (path: string, offset: number, bytes: number) => Promise<Uint8Array | undefined>;
}

/**
 * The provider's plan for one start, checked, with the agent's whole environment: what the request
 * brings, what the plan adds, and the marker of the session.
 * @param machine the one the agent will run on
 * @throws invalid_input for options the provider lacks; provider_not_installed when the program is
 *   gone; invalid_config when the definition plans what no launch may do; spawn_failed when it throws
 */
export async function planLaunch(
  provider: Provider,
  request: LaunchRequest,
  machine: LaunchMachine,
): Promise<LaunchPlan> {
  const arg = request.promptArgument !== null;
  checkOptions(provider, {
    ...request,
    initialPromptMode: arg ? "arg" : "send_after_launch",
  });
  const read = await readAll(machine, provider.reads?.(request.env) ?? []);
  const plan = planOf(provider, { ...request, read });
  const problem = planProblem(plan, request);
  if (problem !== undefined) {
    throw new AgentpoolError(
      "invalid_config",
      `Provider ${provider.id} plans a launch that is refused`,
      {
        why: problem,
      },
    );
  }
  const [program] = plan.argv;
  if (program === undefined || (await machine.stat(program))?.kind !== "file") {
    throw new AgentpoolError("provider_not_installed", `${provider.displayName} is gone`, {
      why: `There is no program at ${program ?? "(none)"} any more.`,
      hint: "agentpool inventory",
    });
  }
  return {
    ...plan,
    env: { ...request.env, ...plan.env, [sessionMarker]: request.sessionId },
  };
}

/** A definition may be a person's own, and what is wrong in it is no fault of agentpool. */
function planOf(provider: Provider, request: LaunchRequest): LaunchPlan {
  try {
    return provider.launch(request);
  } catch (thrown) {
    if (thrown instanceof AgentpoolError) throw thrown;
    throw new AgentpoolError("spawn_failed", `The definition of ${provider.id} plans no launch`, {
      why: String(thrown),
      hint: `Mend it, then see: agentpool provider test ${provider.id}`,
      cause: thrown,
    });
  }
}

async function readAll(
  machine: LaunchMachine,
  paths: readonly string[],
): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const path of paths) {
    const bytes = await machine.read(path, 0, maxReadBytes);
    if (bytes !== undefined) read[path] = Buffer.from(bytes).toString();
  }
  return read;
}

function planProblem(plan: LaunchPlan, request: LaunchRequest): string | undefined {
  const [program] = plan.argv;
  if (program === undefined || !isAbsolute(program)) return "argv does not begin with a path";
  const hasNul = plan.argv.findIndex((word) => word.includes("\0"));
  if (hasNul !== -1) return `argv[${hasNul}] holds a NUL byte`;
  for (const [name, value] of Object.entries(plan.env)) {
    if (!isName(name)) return `env has the name "${name}"`;
    if (value.includes("\0")) return `env.${name} holds a NUL byte`;
  }
  if (request.resume !== null && plan.agentSessionId !== request.resume) {
    return `it does not go on with the conversation ${request.resume}`;
  }
  const folder = `${normalize(request.folder).replace(/\/$/, "")}/`;
  const outside = plan.files.find(
    ({ path }) => !isAbsolute(path) || path.includes("\0") || !normalize(path).startsWith(folder),
  );
  if (outside) return `the file ${outside.path} lies outside of ${folder}`;
  const { workFiles = [] } = plan;
  if (workFiles.length > 0 && request.mode !== "worktree") {
    return "it would write into a folder of the person's";
  }
  const beside = workFiles.find(
    ({ path }) => isAbsolute(path) || path.includes("\0") || normalize(path).startsWith(".."),
  );
  if (beside) return `the file ${beside.path} lies outside of the work folder`;
  return undefined;
}
