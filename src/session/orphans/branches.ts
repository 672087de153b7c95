import { dirname, join } from "node:path/posix";
import { isLive, type Session } from "../../domain/session.ts";
import type { Machine } from "../../runtime/machine.ts";
import { runGit } from "../workspace/git.ts";
import { gitFacts } from "../workspace/repo.ts";
import { commitsBetween } from "../workspace/worktree-list.ts";
import { readMark } from "../workspace/worktree.ts";
import {
  sessionIdAtEnd,
  type BranchOrphan,
  type OrphanSearch,
  type WorktreeOrphan,
} from "./orphan.ts";

const ours = "refs/heads/agentpool/";

/** Branches of ours that no worktree has checked out, in every repository sessions worked in. */
export async function findBranches(
  search: OrphanSearch,
  worktrees: readonly WorktreeOrphan[],
): Promise<BranchOrphan[]> {
  const { machine } = search;
  const leaving = new Set(worktrees.filter(({ stays }) => stays === null).map(({ path }) => path));
  const found = new Map<string, BranchOrphan>();
  const paths = [
    ...(await search.repoPaths()),
    ...worktrees.flatMap(({ repoPath }) => repoPath ?? []),
  ];
  for (const path of new Set(paths)) {
    if ((await machine.stat(path))?.kind !== "folder") continue;
    const facts = await gitFacts(machine, path);
    if (typeof facts === "string") continue;
    const made = await plannedBranches(machine, facts.commonFolder, leaving);
    for (const branch of await branchesOf(machine, path)) {
      const key = `${facts.commonFolder} ${branch.ref}`;
      const id = sessionIdAtEnd.exec(branch.ref)?.[1];
      if (found.has(key) || id === undefined) continue;
      if (branch.worktree !== "" && !leaving.has(branch.worktree)) continue;
      if (made.has(branch.ref)) continue;
      const session = await search.session(id);
      if (session && isLive(session)) continue;
      found.set(key, {
        kind: "branch",
        sessionId: id,
        what: `${branch.ref.slice("refs/heads/".length)} in ${path}`,
        because: session
          ? `no worktree has it, and its session is over (${session.state})`
          : "the store has no such session",
        stays: await work(machine, path, branch, session),
        repoPath: path,
        ref: branch.ref,
        tip: branch.tip,
      });
    }
  }
  return [...found.values()];
}

/**
 * Branches that worktrees of ours were made for, of other homes too: an agent may have left the branch
 * for another, and its work is looked for from there.
 */
async function plannedBranches(
  machine: Machine,
  commonFolder: string,
  leaving: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const refs = new Set<string>();
  for (const { name } of await machine.list(join(commonFolder, "worktrees"))) {
    const link = await machine.read(join(commonFolder, "worktrees", name, "gitdir"), 0, 8_192);
    const path = dirname(
      Buffer.from(link ?? [])
        .toString()
        .trim(),
    );
    if (leaving.has(path)) continue;
    const mark = await readMark(machine, path);
    if (mark) refs.add(`refs/heads/${mark.branch}`);
  }
  return refs;
}

interface Branch {
  readonly ref: string;
  readonly tip: string;
  /** Where it is checked out, empty for nowhere. */
  readonly worktree: string;
}

async function branchesOf(machine: Machine, path: string): Promise<Branch[]> {
  const format = "--format=%(refname)%00%(objectname)%00%(worktreepath)";
  const listed = await runGit(machine, path, ["for-each-ref", format, ours]);
  if (listed.exitCode !== 0) return [];
  return listed.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [ref = "", tip = "", worktree = ""] = line.split("\0");
      return { ref, tip, worktree };
    });
}

/** Why its commits keep it, or null when it has none that are not elsewhere. */
async function work(
  machine: Machine,
  path: string,
  { tip }: Branch,
  session: Session | undefined,
): Promise<string | null> {
  const base = session?.workspace.baseCommit ?? null;
  const ahead = base === null ? null : await commitsBetween(machine, path, base, tip);
  if (ahead === 0 || (await isElsewhere(machine, path, tip))) return null;
  return ahead === null
    ? "its commits are on no other branch"
    : `it has ${ahead} commit${ahead === 1 ? "" : "s"} of its own`;
}

/** Other branches of ours do not count: two could vouch for each other, and both go. */
async function isElsewhere(machine: Machine, path: string, tip: string): Promise<boolean> {
  const places = ["refs/heads", "refs/remotes", "refs/tags"];
  const args = ["for-each-ref", "--format=%(refname)", "--contains", tip, ...places];
  const { exitCode, stdout } = await runGit(machine, path, args);
  return exitCode === 0 && stdout.split("\n").some((ref) => ref !== "" && !ref.startsWith(ours));
}
