import { basename, dirname, join, resolve } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import { pause } from "../../platform/clock.ts";
import type { Machine } from "../../runtime/machine.ts";
import { git, gitMissing, oneLine, runGit } from "./git.ts";
import { commonFolder, runWorktreeCommand, worktreeCommand } from "./worktree-command.ts";
import { gitFacts, gitIsMissing, type GitFacts, type Repo } from "./repo.ts";
import { isDirty } from "./uncommitted.ts";

/** What a worktree will be; decided before it is made, so that a cut-off start can be finished. */
export interface WorktreePlan {
  /** Root of the worktree. */
  readonly path: string;
  /** Where in it the agent works: the folder the person named, of that worktree. */
  readonly workPath: string;
  readonly branch: string;
  /** The commit it starts from. */
  readonly base: string;
}

export interface WorktreeWish {
  /** Folder that holds all worktrees of this home. */
  readonly folder: string;
  readonly providerId: string;
  readonly sessionId: string;
  /** Anything git understands as a commit; HEAD when null. */
  readonly base: string | null;
  /** Later attempts of one task get a worktree and branch each: 2 for the second. */
  readonly attempt?: number;
}

/**
 * Decides place, branch and base of a session's worktree. Makes nothing.
 * @throws not_a_git_repository, repo_without_commits, base_not_found
 */
export async function planWorktree(
  machine: Machine,
  repo: Repo,
  wish: WorktreeWish,
): Promise<WorktreePlan> {
  if (repo.noGitBecause === gitIsMissing) throw gitMissing();
  if (!repo.git) {
    throw new AgentpoolError("not_a_git_repository", `${repo.path} is no git repository`, {
      why: `A worktree needs one, and ${repo.noGitBecause ?? "there is none"}.`,
      hint: "Work in the folder itself: --isolation shared (or read_only), or first: git init",
    });
  }
  const base = await resolveBase(machine, repo.path, repo.git, wish.base);
  await requireSubfolder(machine, repo.path, repo.git, base);
  const attempt = wish.attempt === undefined || wish.attempt < 2 ? "" : `-a${wish.attempt}`;
  const path = join(wish.folder, `${repoName(repo.git)}-${wish.sessionId}${attempt}`);
  return {
    path,
    workPath: join(path, repo.git.subfolder),
    branch: `agentpool/${wish.providerId}/${wish.sessionId}${attempt}`,
    base,
  };
}

async function resolveBase(
  machine: Machine,
  folder: string,
  facts: GitFacts,
  ref: string | null,
): Promise<string> {
  if (ref === null && facts.head !== null) return facts.head;
  if (ref === null) {
    throw new AgentpoolError("repo_without_commits", `${folder} has no commit yet`, {
      why: "A worktree begins at a commit.",
      hint: "Make one (git add -A && git commit), name one with --base, or use --isolation shared",
    });
  }
  const found = await runGit(machine, folder, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${ref}^{commit}`,
  ]);
  if (found.exitCode === 0) return oneLine(found.stdout);
  throw new AgentpoolError("base_not_found", `No commit "${ref}" in ${folder}`, {
    why: "--base names no branch, tag or commit of this repository.",
    hint: `See what there is: git -C ${folder} branch -a`,
    details: { base: ref },
  });
}

async function requireSubfolder(
  machine: Machine,
  folder: string,
  facts: GitFacts,
  base: string,
): Promise<void> {
  if (facts.subfolder === "") return;
  // the folder is asked for by a path from here, so that odd names need no quoting
  const found = await runGit(machine, folder, ["cat-file", "-t", `${base}:./`]);
  if (found.exitCode === 0 && oneLine(found.stdout) === "tree") return;
  throw new AgentpoolError(
    "base_not_found",
    `The folder ${facts.subfolder} is not part of commit ${base.slice(0, 12)}`,
    {
      why: "A worktree holds only what was committed.",
      hint: `Commit it first, name its repository (--repo ${facts.topLevel ?? folder}), or use --isolation shared`,
    },
  );
}

function repoName(facts: GitFacts): string {
  const folder = facts.topLevel ?? facts.commonFolder;
  const name = basename(folder)
    .replace(/\.git$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, 40);
  return name === "" ? "repo" : name;
}

/** Carried by the git that makes a worktree and by its setup script, so that they are found after their supervisor died. */
export const worktreeMarker = "AGENTPOOL_WORKTREE";

/**
 * Makes the planned worktree. May be repeated after being cut off anywhere: a finished one is
 * recognised, a half-made one made anew. A branch of that name with commits of its own is never
 * touched.
 * @param options `first`: nobody can have tried before
 * @throws conflict when the branch holds other work; git_failed
 */
export async function createWorktree(
  machine: Machine,
  repoPath: string,
  plan: Pick<WorktreePlan, "path" | "branch" | "base">,
  options: { readonly first?: boolean } = {},
): Promise<void> {
  const { first = false } = options;
  if ((await readMark(machine, plan.path)) !== undefined) return;
  if (!first) await endUnfinished(machine, plan.path);
  if (first || !(await isComplete(machine, plan))) {
    if (!first) await removeLeftovers(machine, repoPath, plan);
    await machine.makeFolder(dirname(plan.path));
    const args = ["add", "--no-track", "-b", plan.branch, "--", plan.path, plan.base];
    await worktreeCommand(machine, repoPath, args, {
      timeoutMs: 600_000,
      env: { [worktreeMarker]: plan.path },
      undo: () => removeLeftovers(machine, repoPath, plan),
    });
  }
  await writeMark(machine, plan);
}

/**
 * Makes a worktree whose folder is gone again from its branch, which stays where it is.
 * @throws git_failed, as when the branch is checked out elsewhere
 */
export async function restoreWorktree(
  machine: Machine,
  repoPath: string,
  plan: Pick<WorktreePlan, "path" | "branch" | "base">,
): Promise<void> {
  await endUnfinished(machine, plan.path);
  // git still knows of one that somebody removed by hand
  const forget = (): Promise<void> => forgetWorktree(machine, repoPath, plan.path);
  await forget();
  await machine.makeFolder(dirname(plan.path));
  await worktreeCommand(machine, repoPath, ["add", "--", plan.path, plan.branch], {
    timeoutMs: 600_000,
    env: { [worktreeMarker]: plan.path },
    undo: forget,
  });
  await writeMark(machine, plan);
}

const endWithinMs = 5_000;

/** What a supervisor that was killed had started lives on and would go on writing into the folder. */
export async function endUnfinished(machine: Machine, path: string): Promise<void> {
  for (let waited = 0; waited < endWithinMs; waited += 20) {
    const left = await machine.processTree(undefined, { name: worktreeMarker, value: path });
    if (left.length === 0) return;
    await Promise.all(left.map((one) => machine.signal(one, "SIGKILL")));
    await pause(20, { keepAlive: true });
  }
}

/** A checkout that was finished when the supervisor was killed before it could say so. */
async function isComplete(
  machine: Machine,
  plan: Pick<WorktreePlan, "path" | "branch" | "base">,
): Promise<boolean> {
  if ((await linkedGitFolder(machine, plan.path)) === undefined) return false;
  const facts = await gitFacts(machine, plan.path);
  if (typeof facts === "string" || facts.branch !== plan.branch || facts.head !== plan.base)
    return false;
  // git keeps a new worktree locked until its checkout is done
  const isLocked = (await machine.stat(join(facts.gitFolder, "locked"))) !== undefined;
  return !isLocked && !(await isDirty(machine, plan.path));
}

async function removeLeftovers(
  machine: Machine,
  repoPath: string,
  plan: Pick<WorktreePlan, "path" | "branch" | "base">,
): Promise<void> {
  const ref = `refs/heads/${plan.branch}`;
  // a killed git leaves its lock; nobody else writes this branch
  await machine.remove(join(await commonFolder(machine, repoPath), `${ref}.lock`));
  const branch = await runGit(machine, repoPath, ["rev-parse", "--verify", "--quiet", ref]);
  const tip = branch.exitCode === 0 ? oneLine(branch.stdout) : null;
  if (tip !== null && tip !== plan.base) {
    throw new AgentpoolError("conflict", `The branch ${plan.branch} holds other work`, {
      why: `It stands at ${tip.slice(0, 12)} and not at the base ${plan.base.slice(0, 12)}.`,
      hint: `Look at it: git -C ${repoPath} log ${plan.branch}`,
    });
  }
  await forgetWorktree(machine, repoPath, plan.path);
  if (tip !== null) await git(machine, repoPath, ["update-ref", "-d", ref, tip]);
}

/** Removes a worktree's folder and git's knowledge of it; either may be gone already. */
export async function forgetWorktree(
  machine: Machine,
  repoPath: string,
  path: string,
): Promise<void> {
  // doubled: also one that a killed git left locked
  const remove = ["remove", "--force", "--force", "--", path];
  const removed = await runWorktreeCommand(machine, repoPath, remove, { timeoutMs: 300_000 });
  await machine.remove(path);
  if (removed.exitCode === 0 || !(await isRegistered(machine, repoPath, path))) return;
  // git refused while the folder was damaged; without a folder it does not
  await worktreeCommand(machine, repoPath, remove);
}

async function isRegistered(machine: Machine, repoPath: string, path: string): Promise<boolean> {
  const listed = await worktreeCommand(machine, repoPath, ["list", "--porcelain"]);
  return listed.split("\n").includes(`worktree ${path}`);
}

/** What we keep about a worktree of ours, in git's own folder for it: it goes when that goes. */
export interface WorktreeMark {
  readonly branch: string;
  readonly base: string;
}

const markFile = "agentpool.json";

async function writeMark(
  machine: Machine,
  plan: Pick<WorktreePlan, "path" | "branch" | "base">,
): Promise<void> {
  const gitFolder = await linkedGitFolder(machine, plan.path);
  if (gitFolder === undefined) {
    throw new AgentpoolError("git_failed", `${plan.path} is no worktree`);
  }
  const mark: WorktreeMark = { branch: plan.branch, base: plan.base };
  await machine.write(join(gitFolder, markFile), `${JSON.stringify(mark)}\n`);
}

/** The mark of a worktree that was completely made by us; undefined for any other. */
export async function readMark(machine: Machine, path: string): Promise<WorktreeMark | undefined> {
  const gitFolder = await linkedGitFolder(machine, path);
  const bytes = gitFolder && (await machine.read(join(gitFolder, markFile), 0, 4096));
  if (!bytes) return undefined;
  const mark = JSON.parse(Buffer.from(bytes).toString()) as Partial<WorktreeMark>;
  return typeof mark.branch === "string" && typeof mark.base === "string"
    ? { branch: mark.branch, base: mark.base }
    : undefined;
}

const preparedFile = "agentpool-prepared";

/** Whether all was done to a worktree before an agent was let into it. */
export async function isPrepared(machine: Machine, path: string): Promise<boolean> {
  const gitFolder = await linkedGitFolder(machine, path);
  return (
    gitFolder !== undefined && (await machine.stat(join(gitFolder, preparedFile))) !== undefined
  );
}

/** It goes when the worktree goes. */
export async function markPrepared(machine: Machine, path: string): Promise<void> {
  const gitFolder = await linkedGitFolder(machine, path);
  if (gitFolder !== undefined) await machine.write(join(gitFolder, preparedFile), "");
}

/** git's own folder for a linked worktree, which the file `.git` in its root names, line breaks and all. */
async function linkedGitFolder(machine: Machine, path: string): Promise<string | undefined> {
  const link = await machine.read(join(path, ".git"), 0, 8192);
  const named = link && /^gitdir: (.+?)[\r\n]*$/s.exec(Buffer.from(link).toString())?.[1];
  return named === undefined ? undefined : resolve(path, named);
}
