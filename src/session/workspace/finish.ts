import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Session } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { exclude, gitFacts, type GitFacts } from "./repo.ts";
import { git, oneLine, runGit } from "./git.ts";
import { objectPlaces } from "./work-tree.ts";
import { worktreeRoot } from "./worktree-cleanup.ts";
import { readMark } from "./worktree.ts";

export interface FinishOptions {
  /** Folder that holds all worktrees of this home. */
  readonly folder: string;
  /** A folder of the session's own, for objects that must not go into the repository. */
  readonly scratch: string;
  /** Files that are not work, as pathspecs from the work folder. */
  readonly litter?: readonly string[];
  /** Where it is to go; the branch that is checked out in the repository when null. */
  readonly into: string | null;
}

/** What a session left in its worktree, and what taking it over would meet. */
export interface FinishFacts {
  readonly repoPath: string;
  readonly path: string;
  /** The folder is there. */
  readonly exists: boolean;
  readonly branch: string;
  readonly tip: string;
  readonly base: string;
  /** Where it is to go; null where HEAD of the repository is on no branch. */
  readonly into: string | null;
  /** The branch that is checked out in the repository. */
  readonly checkedOut: string | null;
  /** The repository's own work tree holds uncommitted work. */
  readonly intoDirty: boolean;
  /** `abc1234 subject`, newest first, at most `mostListed`. */
  readonly commits: readonly string[];
  readonly commitsAhead: number;
  /** What its worktree has checked out instead of the branch; null when that is the branch. */
  readonly instead: CheckedOut | null;
  /** Commits of the target that the branch has not. */
  readonly commitsBehind: number;
  /** As `git status --short` says it, at most `mostListed`. */
  readonly uncommitted: readonly string[];
  readonly uncommittedTotal: number;
  /** Null where this git (before 2.38) cannot try a merge. */
  readonly wouldConflict: boolean | null;
  readonly conflicts: readonly string[];
}

export interface CheckedOut {
  readonly commit: string;
  /** Commits that neither the branch nor its target has. */
  readonly commits: number;
  /** The branch can go there without leaving a commit behind. */
  readonly isAhead: boolean;
}

const mostListed = 50;

/**
 * Looks at what is to be taken over from a session's worktree, and tries the merge without a trace.
 * @throws worktree_not_found when its branch is gone, base_not_found, git_failed
 */
export async function lookAtFinish(
  machine: Machine,
  session: Session,
  options: FinishOptions,
): Promise<FinishFacts> {
  const { repoPath, workPath, branch: planned, baseCommit } = session.workspace;
  const path = worktreeRoot(session, options.folder);
  const exists = (await machine.stat(path))?.kind === "folder";
  const mark = exists ? await readMark(machine, path) : undefined;
  const branch = mark?.branch ?? planned ?? "";
  const facts = await gitFacts(machine, repoPath);
  if (typeof facts === "string") {
    throw new AgentpoolError("worktree_not_found", `The repository of ${session.id} is gone`, {
      why: `${repoPath}: ${facts}.`,
      hint: "See which worktrees there are: agentpool worktrees list",
    });
  }
  const tip = await commitOf(machine, repoPath, `refs/heads/${branch}`);
  if (tip === null) {
    throw new AgentpoolError("worktree_not_found", `The branch of ${session.id} is gone`, {
      why: `${repoPath} has no branch ${branch}: it was merged and deleted, or removed as empty.`,
      hint: `What the session left: agentpool collect ${session.id}`,
    });
  }
  const into = options.into ?? facts.branch;
  const target = into === null ? facts.head : await requireTarget(machine, repoPath, into);
  const base = mark?.base ?? baseCommit ?? tip;
  const litter = litterOf(path, workPath, options.litter ?? []);
  const uncommitted = exists ? await statusOf(machine, path, litter) : [];
  return {
    repoPath: facts.topLevel ?? repoPath,
    path,
    exists,
    branch,
    tip,
    base,
    into,
    checkedOut: facts.branch,
    intoDirty: facts.topLevel !== null && (await statusOf(machine, facts.topLevel, [])).length > 0,
    commits: await log(machine, repoPath, target ?? base, tip),
    commitsAhead: await count(machine, repoPath, target ?? base, tip),
    instead: mark === undefined ? null : await insteadOf(machine, path, { branch, tip, target }),
    commitsBehind: target === null ? 0 : await count(machine, repoPath, tip, target),
    uncommitted: uncommitted.slice(0, mostListed),
    uncommittedTotal: uncommitted.length,
    ...(await tryMerge(machine, facts, { ours: target ?? base, theirs: tip }, options.scratch)),
  };
}

/** An agent may go to another branch, or to none, and leave its work there. */
async function insteadOf(
  machine: Machine,
  path: string,
  at: { readonly branch: string; readonly tip: string; readonly target: string | null },
): Promise<CheckedOut | null> {
  const facts = await gitFacts(machine, path);
  if (typeof facts === "string" || facts.head === null || facts.branch === at.branch) return null;
  const { head } = facts;
  const known = [at.tip, ...(at.target === null ? [] : [at.target])].map((one) => `^${one}`);
  const counted = await git(machine, path, ["rev-list", "--count", head, ...known]);
  const isAhead = (await count(machine, path, head, at.tip)) === 0;
  return { commit: head, commits: Number(oneLine(counted)), isAhead };
}

async function requireTarget(machine: Machine, repoPath: string, into: string): Promise<string> {
  const commit = await commitOf(machine, repoPath, `refs/heads/${into}`);
  if (commit !== null) return commit;
  throw new AgentpoolError("base_not_found", `${repoPath} has no branch "${into}"`, {
    why: "A merge goes into a branch of the repository.",
    hint: `See which there are: git -C ${repoPath} branch`,
    details: { into },
  });
}

async function commitOf(machine: Machine, repoPath: string, ref: string): Promise<string | null> {
  const ask = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const found = await runGit(machine, repoPath, ask);
  return found.exitCode === 0 ? oneLine(found.stdout) : null;
}

function litterOf(path: string, workPath: string, litter: readonly string[]): string[] {
  const subfolder = workPath === path ? "" : workPath.slice(path.length + 1);
  return litter.map((spec) => exclude(subfolder, spec));
}

async function statusOf(
  machine: Machine,
  path: string,
  litter: readonly string[],
): Promise<string[]> {
  const args = ["status", "--short", "--untracked-files=all", "--ignore-submodules=none"];
  const said = await runGit(machine, path, [...args, "--", ":/", ...litter]);
  // a damaged worktree cannot tell; what stands on its branch can be taken over all the same
  if (said.exitCode !== 0) return ["?? (git cannot tell)"];
  return said.stdout.split("\n").filter((line) => line !== "");
}

async function log(machine: Machine, repo: string, from: string, to: string): Promise<string[]> {
  const args = ["log", `--max-count=${mostListed}`, "--format=%h %s", `${from}..${to}`];
  const said = await git(machine, repo, args);
  return said.split("\n").filter((line) => line !== "");
}

async function count(machine: Machine, repo: string, from: string, to: string): Promise<number> {
  return Number(oneLine(await git(machine, repo, ["rev-list", "--count", `${from}..${to}`])));
}

/** Merges into objects that are thrown away; nothing of the repository changes. */
async function tryMerge(
  machine: Machine,
  facts: GitFacts,
  { ours, theirs }: { readonly ours: string; readonly theirs: string },
  scratch: string,
): Promise<Pick<FinishFacts, "wouldConflict" | "conflicts">> {
  const objects = join(scratch, "merge-objects");
  await machine.makeFolder(objects);
  try {
    const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
    const env = objectPlaces(facts, [objects]);
    const merged = await runGit(machine, facts.topLevel ?? facts.gitFolder, args, { env });
    if (merged.exitCode === 0) return { wouldConflict: false, conflicts: [] };
    if (merged.exitCode !== 1) return { wouldConflict: null, conflicts: [] };
    // the first is the name of the tree
    const [, ...names] = merged.stdout.split("\0").filter((name) => name !== "");
    return { wouldConflict: true, conflicts: [...new Set(names)].slice(0, mostListed) };
  } finally {
    await machine.remove(objects);
  }
}
