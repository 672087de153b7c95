import { exec } from "../../../platform/exec.ts";
import { checkTmux } from "../../../runtime/tmux/check.ts";
import { installCommand } from "../../../runtime/tmux/version.ts";
import { driver } from "../../../store/sqlite/connection.ts";
import type { Check } from "./check.ts";

type Environment = Readonly<Record<string, string>>;

export function checkNode(): Check {
  return { name: "node", status: "ok", message: process.versions.node };
}

/** @throws tmux_missing, tmux_too_old */
export async function checkTmuxProgram(env: Environment): Promise<Check> {
  return { name: "tmux", status: "ok", message: await checkTmux("tmux", env) };
}

export async function checkGit(env: Environment, osRelease: string): Promise<Check> {
  const repair = installCommand(process.platform, osRelease).replace(/tmux$/, "git");
  try {
    const { stdout } = await exec(["git", "--version"], { timeoutMs: 5_000, env });
    return { name: "git", status: "ok", message: stdout.trim().replace(/^git version /, "") };
  } catch {
    return {
      name: "git",
      status: "warn",
      message: "not found; sessions work, worktrees and diffs do not",
      repair,
    };
  }
}

/** @throws driver_missing with the repair */
export function checkDriver(): Check {
  const { name } = driver();
  return { name: "sqlite", status: "ok", message: name };
}
