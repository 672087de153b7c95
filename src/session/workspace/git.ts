import { AgentpoolError } from "../../domain/errors.ts";
import { redact } from "../../platform/redact.ts";
import type { ExecResult, Machine } from "../../runtime/machine.ts";

export interface GitOptions {
  readonly timeoutMs?: number;
  /** Added to git's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `name=value` settings for this call only. */
  readonly config?: readonly string[];
  readonly input?: string | Uint8Array;
  readonly outputFile?: string;
  readonly maxBytes?: number;
}

const defaultTimeoutMs = 60_000;

/** Names that would point git somewhere else than at the folder it is called in. */
const unset = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_CONFIG_PARAMETERS",
  "GIT_CONFIG_COUNT",
  "GIT_EXTERNAL_DIFF",
  "GIT_DIFF_OPTS",
  "GIT_LITERAL_PATHSPECS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
  "GIT_TRACE",
];

/** Never asks, never locks what others wait for, speaks the language we parse. */
const quiet = [
  "GIT_OPTIONAL_LOCKS=0",
  "GIT_TERMINAL_PROMPT=0",
  "GIT_ASKPASS=true",
  "SSH_ASKPASS=true",
  "GIT_EDITOR=true",
  "GIT_PAGER=cat",
  "LC_ALL=C",
];

/** What a repository's own settings must not bring in: programs to run, other shapes of output. */
const settings = [
  "core.quotePath=off",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.pager=cat",
  "color.ui=false",
  // a missing file here would make every status fail
  "diff.orderFile=/dev/null",
  "submodule.recurse=false",
  "status.showUntrackedFiles=normal",
  "advice.addEmbeddedRepo=false",
];

/**
 * Runs git in a folder of the agent's machine, by `env`, so that the rest of that machine's
 * environment stays as it is. Hooks, file-system monitors, pagers and prompts are off; content
 * filters of the repository (such as LFS) are on, since without them every filtered file differs.
 * @throws git_missing; exec_failed at the time limit
 */
export async function runGit(
  machine: Machine,
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<ExecResult> {
  const { timeoutMs = defaultTimeoutMs, env = {}, config = [], ...rest } = options;
  const result = await machine.exec(
    [
      "env",
      ...unset.flatMap((name) => ["-u", name]),
      ...quiet,
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      "git",
      ...[...settings, ...config].flatMap((setting) => ["-c", setting]),
      "-C",
      folder,
      ...args,
    ],
    { timeoutMs, ...rest },
  );
  if (result.exitCode === 127) throw gitMissing();
  return result;
}

export function gitMissing(): AgentpoolError {
  return new AgentpoolError("git_missing", "git is not installed", {
    why: "It is on no folder of PATH.",
    hint: "Install it, for example: sudo apt-get install git, or: brew install git",
  });
}

/**
 * The output of a git command that must succeed.
 * @throws git_failed with what git said
 */
export async function git(
  machine: Machine,
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  return outputOf(folder, args, await runGit(machine, folder, args, options));
}

/** @throws git_failed with what git said, unless it succeeded */
export function outputOf(folder: string, args: readonly string[], result: ExecResult): string {
  if (result.exitCode === 0) return result.stdout;
  throw gitFailed(folder, args, result);
}

export function gitFailed(
  folder: string,
  args: readonly string[],
  result: ExecResult,
): AgentpoolError {
  return new AgentpoolError("git_failed", `git ${args[0] ?? ""} failed in ${folder}`, {
    why: complaint(result),
    hint: `See what git says there: git -C '${folder.replaceAll("'", `'\\''`)}' status`,
    details: { exit_code: result.exitCode, args: args.slice(0, 12) },
  });
}

/** What git said, in one line. */
export function complaint(result: ExecResult): string {
  const lines = redact(result.stderr)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("hint:"));
  const said = lines.find((line) => line.startsWith("fatal:")) ?? lines.at(-1);
  if (said !== undefined) return said.replace(/^(?:fatal|error): /, "");
  return result.signal === null
    ? `it ended with code ${result.exitCode}`
    : `it got ${result.signal}`;
}

/** One line of output without its line end; a path may itself end in blanks. */
export function oneLine(output: string): string {
  return output.endsWith("\n") ? output.slice(0, -1) : output;
}
