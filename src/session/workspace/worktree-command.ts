import { join } from "node:path/posix";
import { pause } from "../../platform/clock.ts";
import type { ExecResult, Machine } from "../../runtime/machine.ts";
import { git, oneLine, outputOf, runGit, type GitOptions } from "./git.ts";

/** git writes an entry within microseconds; one unfinished for so long was left by a killed git. */
const finishedWithinMs = 2_000;
const giveUpAfterMs = 10_000;
const firstPauseMs = 5;
const lastPauseMs = 200;

export interface WorktreeCommandOptions extends GitOptions {
  /** Takes back what a failed try may have left, before the next one. */
  readonly undo?: () => Promise<void>;
}

/**
 * Runs `git worktree ...`. git reads the entries of all worktrees and dies over one that another
 * git is just writing ("failed to read .../commondir", seen with 2.39), so agents that start side
 * by side in one repository would fail each other. Such a try is repeated; an entry that a killed
 * git left unfinished, which would fail everybody for good, is finished as git would have done.
 * @throws git_missing; exec_failed at the time limit
 */
export async function runWorktreeCommand(
  machine: Machine,
  folder: string,
  args: readonly string[],
  { undo, ...options }: WorktreeCommandOptions = {},
): Promise<ExecResult> {
  const until = Date.now() + giveUpAfterMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, lastPauseMs)) {
    const result = await runGit(machine, folder, ["worktree", ...args], options);
    const entry = unfinishedEntry(result);
    if (entry === undefined || Date.now() > until) return result;
    await finishIfLeft(machine, folder, entry);
    await pause(pauseMs, { keepAlive: true });
    await undo?.();
  }
}

/** The output of such a command that must succeed. @throws git_failed with what git said */
export async function worktreeCommand(
  machine: Machine,
  folder: string,
  args: readonly string[],
  options: WorktreeCommandOptions = {},
): Promise<string> {
  const result = await runWorktreeCommand(machine, folder, args, options);
  return outputOf(folder, ["worktree", ...args], result);
}

/** Name of the entry git stumbled over. */
function unfinishedEntry(result: ExecResult): string | undefined {
  if (result.exitCode === 0) return undefined;
  return /failed to read (?:.*\/)?worktrees\/([^/]+)\/commondir: /.exec(result.stderr)?.[1];
}

async function finishIfLeft(machine: Machine, folder: string, entry: string): Promise<void> {
  const path = join(await commonFolder(machine, folder), "worktrees", entry, "commondir");
  const file = await machine.stat(path);
  if (file?.sizeBytes !== 0 || Date.now() - file.mtimeMs < finishedWithinMs) return;
  await machine.write(path, "../..\n", { mode: 0o644 });
}

/** The `.git` that all worktrees of a repository share. */
export async function commonFolder(machine: Machine, folder: string): Promise<string> {
  const ask = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  return oneLine(await git(machine, folder, ask));
}
