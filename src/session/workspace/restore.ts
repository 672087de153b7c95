import { dirname, sep } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { oneLine, runGit } from "./git.ts";
import { inspectRepo } from "./repo.ts";
import { readSnapshot, restoreSnapshot } from "./snapshot.ts";
import { createWorktree, restoreWorktree } from "./worktree.ts";

/** What became of a workspace since its session ended. */
export interface Restored {
  /** The worktree was gone and made anew from its branch. */
  readonly worktree: { readonly path: string; readonly branch: string } | null;
  /** What the diff is compared with is gone for good. */
  readonly baseLost: boolean;
}

/**
 * Brings the folder of a session that is over back into a state in which its agent can go on. Where
 * it is there, nothing changes. May be repeated after being cut off anywhere.
 * @param options `worktrees`: folder that holds all worktrees of this home; `objects`: of the session;
 *   `branchWasEmpty`: its branch was removed by us because it had no commits of its own
 * @throws repo_not_found, repo_not_a_directory; worktree_not_found when the branch is gone, too;
 *   git_failed
 */
export async function restoreWorkspace(
  machine: Machine,
  session: Session,
  options: {
    readonly worktrees: string;
    readonly objects: string;
    readonly branchWasEmpty: boolean;
  },
): Promise<Restored> {
  const { workspace } = session;
  await inspectRepo(machine, workspace.repoPath);
  const worktree =
    workspace.mode === "worktree" ? await restoreTree(machine, session, options) : null;
  if (workspace.baseTree === null || (await readSnapshot(machine, options.objects))) {
    return { worktree, baseLost: false };
  }
  const snapshot = { commit: workspace.baseCommit, tree: workspace.baseTree, notes: [] };
  const kept = await restoreSnapshot(machine, workspace.workPath, options.objects, snapshot);
  return { worktree, baseLost: !kept };
}

async function restoreTree(
  machine: Machine,
  session: Session,
  { worktrees, branchWasEmpty }: { readonly worktrees: string; readonly branchWasEmpty: boolean },
): Promise<Restored["worktree"]> {
  const { repoPath, workPath, branch, baseCommit } = session.workspace;
  if ((await machine.stat(workPath))?.kind === "folder") return null;
  const path = rootOf(workPath, worktrees);
  if ((await machine.stat(path)) !== undefined) {
    throw new AgentpoolError("repo_not_found", `The work folder ${workPath} is gone`, {
      why: `Its worktree ${path} is there, and does not hold it any more.`,
      hint: `Bring it back: git -C ${path} checkout HEAD -- ${workPath.slice(path.length + 1)}`,
    });
  }
  const ref = `refs/heads/${branch ?? ""}`;
  const found = await runGit(machine, repoPath, ["rev-parse", "--verify", "--quiet", ref]);
  const isGone = found.exitCode !== 0;
  if (isGone && branchWasEmpty && branch !== null && baseCommit !== null) {
    await createWorktree(machine, repoPath, { path, branch, base: baseCommit });
    return { path, branch };
  }
  if (branch === null || isGone) {
    throw new AgentpoolError("worktree_not_found", `The worktree of ${session.id} is gone`, {
      why: `So is its branch ${branch ?? ""}, from which it could be made again.`,
      hint: `Make the branch again where you know its commit: git -C ${repoPath} branch ${branch ?? "NAME"} COMMIT`,
    });
  }
  const base = baseCommit ?? oneLine(found.stdout);
  await restoreWorktree(machine, repoPath, { path, branch, base });
  return { path, branch };
}

/** A worktree lies directly in the folder of all; the agent may work deeper in it. */
function rootOf(workPath: string, worktrees: string): string {
  let root = workPath;
  while (dirname(root) !== worktrees && dirname(root) !== sep) root = dirname(root);
  return dirname(root) === worktrees ? root : workPath;
}
