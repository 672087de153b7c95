import type { Draft } from "../domain/draft.ts";
import { AgentpoolError } from "../domain/errors.ts";
import type { RuleContext } from "../domain/turn-rules.ts";
import type { Machine } from "../runtime/machine.ts";
import type { LaunchRecord } from "./launch-record.ts";
import { runGit } from "./workspace/git.ts";
import { forgetWorktree, readMark } from "./workspace/worktree.ts";

/** Notes that a session is to end before its agent runs; whoever starts it heeds that. */
export function closeStarting(draft: Draft, { now }: RuleContext, by: string): void {
  if (draft.session.closing) return;
  const because = `it was closed by ${by} while it was being started`;
  draft.setSession({ closing: { value: "cancelled", source: "operation", at: now, because } });
  draft.emit(now, { type: "session_closing", as: "cancelled", by });
}

/** The machine with programs that end with the signal. */
export function stoppable(machine: Machine, signal: AbortSignal): Machine {
  return { ...machine, exec: (argv, options) => machine.exec(argv, { ...options, signal }) };
}

/**
 * Removes the worktree of a start that was stopped, and its branch. Nothing of an agent can be in
 * it: either it is only half made, or, with `first`, nobody can have run one there before. One
 * that may hold work stays.
 * @returns what is gone, undefined when it stays
 */
export async function takeBackWorktree(
  machine: Machine,
  repoPath: string,
  worktree: NonNullable<LaunchRecord["worktree"]>,
  { first }: { readonly first: boolean },
): Promise<{ readonly path: string; readonly branchRemoved: boolean } | undefined> {
  const { path, branch, base } = worktree;
  if (!first && (await readMark(machine, path)) !== undefined) return undefined;
  await forgetWorktree(machine, repoPath, path);
  // only while it stands where we made it
  const gone = await runGit(machine, repoPath, ["update-ref", "-d", `refs/heads/${branch}`, base]);
  return { path, branchRemoved: gone.exitCode === 0 };
}

/** What those hear who wait for the start. */
export function stopped(sessionId: string, because: string): AgentpoolError {
  return new AgentpoolError("spawn_failed", `Session ${sessionId} was closed before it ran`, {
    why: because,
  });
}
