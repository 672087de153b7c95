import { join } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import type { MergeConflict } from "../../domain/merge-order.ts";
import type { Machine } from "../../runtime/machine.ts";
import { git, oneLine, runGit, type GitOptions } from "./git.ts";
import { gitFacts, type GitFacts } from "./repo.ts";
import { objectPlaces, recordWorkTree } from "./work-tree.ts";

/** A branch somebody worked on, and the folder it is checked out in, if that is still there. */
export interface WorkPlace {
  readonly branch: string;
  /** Root of its worktree. */
  readonly path: string;
}

export interface BranchWork {
  readonly branch: string;
  /** Paths that differ from where it goes, uncommitted ones included. */
  readonly changedFiles: readonly string[];
  readonly commitsAhead: number;
  /** Something of it is not committed yet. */
  readonly uncommitted: boolean;
  readonly path: string;
  /** Its folder is there; where it is not, only what was committed can be seen. */
  readonly exists: boolean;
  readonly conflictsWithTarget: readonly string[];
}

export interface Branches {
  readonly repoPath: string;
  /** Where they are to go; `HEAD` where the repository has no branch checked out. */
  readonly into: string;
  /** Files of the repository's own work tree hold changes that are not committed. */
  readonly intoDirty: boolean;
  readonly works: readonly BranchWork[];
  readonly conflicts: readonly MergeConflict[];
  /** Null when this git can try merges; else why it cannot. */
  readonly untried: string | null;
}

/** Pairs of more branches than this take longer to try than anybody waits. */
const mostTried = 40;

/**
 * What branches of one repository hold, and which of them cannot be merged without a conflict: tried
 * two by two, uncommitted work included, in objects that are thrown away. Nothing changes.
 * @param options.scratch a folder of this call's own, removed afterwards
 * @throws worktree_not_found, git_failed
 */
export async function lookAtBranches(
  machine: Machine,
  repoPath: string,
  places: readonly WorkPlace[],
  { scratch, into }: { readonly scratch: string; readonly into: string | null },
): Promise<Branches> {
  const facts = await gitFacts(machine, repoPath);
  if (typeof facts === "string") {
    throw new AgentpoolError("worktree_not_found", `${repoPath} is no repository any more`, {
      why: `${facts}.`,
    });
  }
  const target = into ?? facts.branch ?? "HEAD";
  const objects = join(scratch, "merge-objects");
  await machine.makeFolder(objects);
  try {
    const call: GitOptions = { env: objectPlaces(facts, [objects]) };
    const heads = await Promise.all(
      places.map((place, n) => headOf(machine, facts, place, { objects, scratch, n })),
    );
    const found = places.flatMap((place, n) => {
      const head = heads[n];
      return head === undefined ? [] : [{ place, ...head }];
    });
    const top = facts.topLevel ?? repoPath;
    const works: BranchWork[] = [];
    const tried: { branch: string; commit: string }[] = [];
    let untried: string | null = null;
    const conflicts: MergeConflict[] = [];
    for (const { place, commit, uncommitted, exists } of found) {
      const range = `${target}...${commit}`;
      const named = await git(machine, top, ["diff", "--name-only", "-z", range], call);
      const count = await git(machine, top, ["rev-list", "--count", `${target}..${place.branch}`]);
      const withTarget = await conflictsOf(machine, top, [target, commit], call);
      if (withTarget === null) untried = "this git cannot try a merge (it takes 2.38)";
      works.push({
        branch: place.branch,
        path: place.path,
        changedFiles: named.split("\0").filter((name) => name !== ""),
        commitsAhead: Number(oneLine(count)),
        uncommitted,
        exists,
        conflictsWithTarget: withTarget ?? [],
      });
      if (tried.length < mostTried) {
        for (const other of untried === null ? tried : []) {
          const files = await conflictsOf(machine, top, [other.commit, commit], call);
          if (files && files.length > 0) {
            conflicts.push({ a: other.branch, b: place.branch, files });
          }
        }
        tried.push({ branch: place.branch, commit });
      } else untried ??= `only the first ${mostTried} branches were tried against each other`;
    }
    const status = ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"];
    const intoDirty = facts.topLevel !== null && (await git(machine, top, status)) !== "";
    return { repoPath: top, into: target, intoDirty, works, conflicts, untried };
  } finally {
    await machine.remove(scratch);
  }
}

/** The commit a branch would have once everything in its folder was committed. */
async function headOf(
  machine: Machine,
  repo: GitFacts,
  { branch, path }: WorkPlace,
  {
    objects,
    scratch,
    n,
  }: { readonly objects: string; readonly scratch: string; readonly n: number },
): Promise<
  { readonly commit: string; readonly uncommitted: boolean; readonly exists: boolean } | undefined
> {
  const where = repo.topLevel ?? repo.gitFolder;
  const ask = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
  const tip = await runGit(machine, where, [...ask, `refs/heads/${branch}^{commit}`]);
  if (tip.exitCode !== 0) return undefined;
  const commit = oneLine(tip.stdout);
  const facts = await gitFacts(machine, path).catch(() => "gone");
  if (typeof facts === "string" || facts.topLevel === null) {
    return { commit, uncommitted: false, exists: false };
  }
  const index = join(scratch, `merge-index-${n}`);
  try {
    const { topLevel } = facts;
    const { tree } = await recordWorkTree(machine, { ...facts, topLevel }, { objects, index });
    const env = objectPlaces(repo, [objects]);
    const before = await git(machine, where, ["rev-parse", `${commit}^{tree}`]);
    if (oneLine(before) === tree) return { commit, uncommitted: false, exists: true };
    const made = await git(machine, where, ["commit-tree", tree, "-p", commit, "-m", "work"], {
      env,
      config: ["user.name=agentpool", "user.email=agentpool@localhost", "commit.gpgSign=false"],
    });
    return { commit: oneLine(made), uncommitted: true, exists: true };
  } finally {
    await machine.remove(index);
  }
}

/** Paths at which a merge stops; null where this git cannot try one. */
async function conflictsOf(
  machine: Machine,
  where: string,
  [ours, theirs]: readonly [string, string],
  call: GitOptions,
): Promise<readonly string[] | null> {
  const args = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  const merged = await runGit(machine, where, args, call);
  if (merged.exitCode === 0) return [];
  if (merged.exitCode !== 1) return null;
  const [, ...names] = merged.stdout.split("\0").filter((name) => name !== "");
  return [...new Set(names)];
}
