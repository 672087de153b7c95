import { counted } from "../../domain/counted.ts";
import { join, relative } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { oneLine, runGit } from "./git.ts";
import { exclude, gitFacts } from "./repo.ts";
import { strayWork, submodulesOf, unpublishedWork } from "./submodules.ts";
import { dirtOf } from "./uncommitted.ts";
import { forgetWorktree, readMark } from "./worktree.ts";
import { commitsBetween } from "./worktree-list.ts";

/** What is known about a session's worktree at the moment it may be removed. */
export interface CleanupFacts {
  readonly sessionId: string;
  /** The session lives. */
  readonly active: boolean;
  readonly path: string;
  readonly exists: boolean;
  /** Null when the folder is gone, or damaged so that git cannot tell. */
  readonly dirty: boolean | null;
  readonly branch: string | null;
  /** Null when the branch is gone, or nobody can tell. */
  readonly tip: string | null;
  readonly commitsAhead: number | null;
  /** The branch checked out in the repository, when it has all commits of this one. */
  readonly mergedInto: string | null;
  /** Another work tree that has the branch checked out; without it, that would have no commit. */
  readonly checkedOutIn: string | null;
  /** The commit checked out there when no branch and no tag leads to it: it would go for good. */
  readonly looseCommit: string | null;
  /** What would go for good with a submodule and git does not tell of here, as a sentence. */
  readonly inSubmodule: string | null;
}

export interface CleanupPlan {
  readonly path: string;
  readonly dirty: boolean | null;
  readonly branch: string | null;
  readonly wouldRemove: boolean;
  readonly wouldRemoveBranch: boolean;
  readonly blocked: "worktree_active" | "worktree_dirty" | null;
  /** Why it stays, or why its branch stays or goes with commits of its own. */
  readonly reason: string | null;
}

/**
 * Decides what a clean-up does. Uncommitted work goes only with `force`; a live agent never loses
 * the ground under its feet; commits never go, since their branch stays until the branch they were
 * merged into has them all.
 */
export function planCleanup(facts: CleanupFacts, force: boolean): CleanupPlan {
  const { path, dirty, branch, tip, commitsAhead, inSubmodule } = facts;
  const stays = { path, dirty, branch, wouldRemove: false, wouldRemoveBranch: false };
  if (facts.active) {
    const reason = `session ${facts.sessionId} is live and works in it`;
    return { ...stays, blocked: "worktree_active", reason };
  }
  if (!force && dirty !== false && facts.exists) {
    const reason =
      inSubmodule ??
      (dirty ? "it holds uncommitted work" : "git cannot tell whether it holds work");
    return { ...stays, blocked: "worktree_dirty", reason };
  }
  if (!force && inSubmodule !== null) {
    return { ...stays, blocked: "worktree_dirty", reason: inSubmodule };
  }
  if (!force && facts.looseCommit !== null) {
    const reason = `its commit ${facts.looseCommit.slice(0, 12)} is on no branch`;
    return { ...stays, blocked: "worktree_dirty", reason };
  }
  const isKept = commitsAhead === 0 || facts.mergedInto !== null;
  const wouldRemoveBranch = tip !== null && isKept && facts.checkedOutIn === null;
  return {
    path,
    dirty,
    branch,
    wouldRemove: facts.exists || wouldRemoveBranch,
    wouldRemoveBranch,
    blocked: null,
    reason: facts.exists ? whyBranch(facts, wouldRemoveBranch) : "it is gone already",
  };
}

/** What is to be said of the branch; null when it goes and nothing of its own was on it. */
function whyBranch(
  { branch, tip, commitsAhead, mergedInto, checkedOutIn }: CleanupFacts,
  goes: boolean,
): string | null {
  if (tip === null || (goes && commitsAhead === 0)) return null;
  if (goes) return `the branch ${branch ?? ""} goes: ${mergedInto ?? ""} has all its commits`;
  const own =
    commitsAhead === null ? "an unknown number of commits" : counted(commitsAhead, "commit");
  const why =
    checkedOutIn === null ? `it has ${own} of its own` : `it is checked out in ${checkedOutIn}`;
  return `the branch ${branch ?? ""} stays: ${why}`;
}

export interface CleanupResult extends CleanupPlan {
  readonly removed: boolean;
  readonly branchRemoved: boolean;
}

export interface CleanupOptions {
  /** Folder that holds all worktrees of this home; nothing outside of it is ever removed. */
  readonly folder: string;
  readonly active: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Files that are not work, as pathspecs from the work folder. */
  readonly litter?: readonly string[];
  /** Called before a folder that is there goes; gives what to say of it, or throws to keep it. */
  readonly beforeRemoval?: (path: string) => Promise<string | null>;
}

/**
 * Removes the worktree of an ended session, and its branch when that has no commits of its own, or
 * the branch checked out in the repository has them all. A dry run only says what would happen,
 * blocked or not.
 * @throws worktree_not_found, worktree_active, worktree_dirty, git_failed
 */
export async function cleanupWorktree(
  machine: Machine,
  session: Session,
  options: CleanupOptions,
): Promise<CleanupResult> {
  const facts = await lookAt(machine, session, options);
  const plan = planCleanup(facts, options.force);
  if (options.dryRun) return { ...plan, removed: false, branchRemoved: false };
  if (plan.blocked) throw blocked(facts, plan);

  const { repoPath } = session.workspace;
  const said = facts.exists ? ((await options.beforeRemoval?.(facts.path)) ?? null) : null;
  if (facts.exists) await removeFolder(machine, repoPath, facts.path);
  const branchRemoved = plan.wouldRemoveBranch && (await removeBranch(machine, repoPath, facts));
  const reason = [said, plan.reason].filter((one) => one !== null).join("; ") || null;
  return { ...plan, reason, removed: facts.exists, branchRemoved };
}

async function lookAt(
  machine: Machine,
  session: Session,
  options: CleanupOptions,
): Promise<CleanupFacts> {
  const { workspace } = session;
  const path = worktreeRoot(session, options.folder);
  const exists = (await machine.stat(path)) !== undefined;
  const facts = exists ? await gitFacts(machine, path) : "it is gone";
  const isOwn = typeof facts !== "string" && facts.isLinked && facts.topLevel === path;
  const mark = isOwn ? await readMark(machine, path) : undefined;
  const branch = mark?.branch ?? workspace.branch;
  const tip = branch === null ? null : await tipOf(machine, workspace.repoPath, branch);
  const base = mark?.base ?? workspace.baseCommit;
  const dirty = isOwn ? await dirtOf(machine, path, litterOf(path, session, options)) : null;
  return {
    sessionId: session.id,
    active: options.active,
    path,
    exists,
    dirty,
    branch,
    tip,
    commitsAhead:
      tip === null || base === null
        ? null
        : await commitsBetween(machine, workspace.repoPath, base, tip),
    mergedInto: tip === null ? null : await holderOf(machine, workspace.repoPath, { branch, tip }),
    checkedOutIn:
      branch === null ? null : await otherPlaceOf(machine, workspace.repoPath, branch, path),
    looseCommit: isOwn && facts.head !== null ? await unlessOnRef(machine, path, facts.head) : null,
    inSubmodule: dirty === null ? null : await workInSubmodules(machine, path, base),
  };
}

async function workInSubmodules(
  machine: Machine,
  path: string,
  base: string | null,
): Promise<string | null> {
  const submodules = await submodulesOf(machine, path);
  const stray = submodules.filter(({ strayFiles }) => strayFiles > 0).map(strayWork);
  if (stray.length > 0) return `it holds ${stray.join(", and ")}`;
  return unpublishedWork(machine, submodules, path, base);
}

async function unlessOnRef(machine: Machine, path: string, commit: string): Promise<string | null> {
  const found = await runGit(machine, path, ["for-each-ref", "--count=1", "--contains", commit]);
  return found.exitCode === 0 && found.stdout.trim() !== "" ? null : commit;
}

/**
 * Root of a session's worktree; the agent may work in a folder below it.
 * @throws worktree_not_found for a session without one
 */
export function worktreeRoot(session: Session, folder: string): string {
  const { mode, workPath } = session.workspace;
  const inside = relative(folder, workPath);
  const name = inside.split("/")[0] ?? "";
  if (mode !== "worktree" || name === "" || name === "..") {
    throw new AgentpoolError("worktree_not_found", `Session ${session.id} has no worktree`, {
      why: `It works in ${workPath} (${mode}).`,
      hint: "See which there are: agentpool worktrees list",
    });
  }
  return join(folder, name);
}

function litterOf(path: string, session: Session, options: CleanupOptions): string[] {
  const subfolder = relative(path, session.workspace.workPath);
  return (options.litter ?? []).map((spec) => exclude(subfolder, spec));
}

async function tipOf(machine: Machine, repoPath: string, branch: string): Promise<string | null> {
  if ((await machine.stat(repoPath))?.kind !== "folder") return null;
  const found = await runGit(machine, repoPath, [
    "rev-parse",
    "--verify",
    "--quiet",
    `refs/heads/${branch}`,
  ]);
  return found.exitCode === 0 ? oneLine(found.stdout) : null;
}

/**
 * The branch a person would merge into, when git says that it has the commit. A HEAD on no branch
 * holds nothing: what stands there alone goes when it moves.
 */
async function holderOf(
  machine: Machine,
  repoPath: string,
  { branch, tip }: { readonly branch: string | null; readonly tip: string },
): Promise<string | null> {
  const facts = await gitFacts(machine, repoPath);
  if (typeof facts === "string" || facts.branch === null || facts.branch === branch) return null;
  const ask = ["merge-base", "--is-ancestor", tip, `refs/heads/${facts.branch}`];
  return (await runGit(machine, repoPath, ask)).exitCode === 0 ? facts.branch : null;
}

/** Where else than in its own worktree a branch is checked out. */
async function otherPlaceOf(
  machine: Machine,
  repoPath: string,
  branch: string,
  own: string,
): Promise<string | null> {
  if ((await machine.stat(repoPath))?.kind !== "folder") return null;
  const ask = ["for-each-ref", "--format=%(worktreepath)", `refs/heads/${branch}`];
  const found = await runGit(machine, repoPath, ask);
  const place = oneLine(found.stdout);
  return found.exitCode !== 0 || place === "" || place === own ? null : place;
}

async function removeFolder(machine: Machine, repoPath: string, path: string): Promise<void> {
  const hasRepo = (await machine.stat(repoPath))?.kind === "folder";
  if (hasRepo && typeof (await gitFacts(machine, repoPath)) !== "string") {
    await forgetWorktree(machine, repoPath, path);
  } else {
    await machine.remove(path);
  }
}

/** False when somebody moved the branch since it was looked at; it stays then. */
async function removeBranch(
  machine: Machine,
  repoPath: string,
  facts: CleanupFacts,
): Promise<boolean> {
  const ref = `refs/heads/${facts.branch ?? ""}`;
  const gone = await runGit(machine, repoPath, ["update-ref", "-d", ref, facts.tip ?? ""]);
  return gone.exitCode === 0;
}

function blocked({ sessionId, inSubmodule }: CleanupFacts, plan: CleanupPlan): AgentpoolError {
  const keep =
    inSubmodule === null
      ? `agentpool collect ${sessionId}, or a branch`
      : "push it from the submodule, or move its files elsewhere";
  const hint =
    plan.blocked === "worktree_active"
      ? `End it first: agentpool terminate ${sessionId}`
      : `Keep the work: ${keep}; remove it all the same: agentpool worktrees cleanup ${sessionId} --force`;
  return new AgentpoolError(
    plan.blocked ?? "conflict",
    `The worktree ${plan.path} was not removed`,
    { why: `${plan.reason ?? ""}.`, hint, details: { path: plan.path, dirty: plan.dirty } },
  );
}
