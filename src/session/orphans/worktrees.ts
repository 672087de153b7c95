import { basename, dirname, join } from "node:path/posix";
import type { Machine } from "../../runtime/machine.ts";
import { gitFacts } from "../workspace/repo.ts";
import { dirtOf } from "../workspace/uncommitted.ts";
import { readMark } from "../workspace/worktree.ts";
import { sessionIdAtEnd, type OrphanSearch, type WorktreeOrphan } from "./orphan.ts";

/**
 * Folders below the home's worktrees that belong to no session of the store. Those of sessions that
 * are over are no orphans: a person takes them away, with `worktrees cleanup`.
 */
export async function findWorktrees(search: OrphanSearch): Promise<WorktreeOrphan[]> {
  const { machine, home } = search;
  const found: WorktreeOrphan[] = [];
  for (const { name, kind } of await machine.list(home.worktrees)) {
    const sessionId = sessionIdAtEnd.exec(name)?.[1] ?? null;
    if (sessionId !== null && (await search.session(sessionId))) continue;
    const path = join(home.worktrees, name);
    const about = { kind: "worktree" as const, sessionId, what: path, path };
    if (sessionId === null || kind !== "folder") {
      const stays = "nothing of agentpool has such a name";
      found.push({ ...about, because: "it lies among the worktrees", stays, repoPath: null });
      continue;
    }
    const because = "the store has no such session";
    found.push({ ...about, because, ...(await judge(machine, path)) });
  }
  return found;
}

/** Only what git itself calls clean may go, and only a folder that holds nothing where git is silent. */
async function judge(
  machine: Machine,
  path: string,
): Promise<{ readonly stays: string | null; readonly repoPath: string | null }> {
  const facts = await gitFacts(machine, path);
  if (typeof facts === "string" || !facts.isLinked || facts.topLevel !== path) {
    const isEmpty = (await machine.list(path)).length === 0;
    return { repoPath: null, stays: isEmpty ? null : "git cannot tell whether it holds work" };
  }
  const { commonFolder } = facts;
  const repoPath = basename(commonFolder) === ".git" ? dirname(commonFolder) : commonFolder;
  if (!(await readMark(machine, path))) {
    return { repoPath, stays: "it has no mark of agentpool: somebody else may have made it" };
  }
  const dirty = await dirtOf(machine, path);
  if (dirty !== false) {
    return {
      repoPath,
      stays: dirty ? "it holds uncommitted work" : "git cannot tell whether it holds work",
    };
  }
  if (facts.hasSubmodules) return { repoPath, stays: "its submodules may hold work" };
  // what was committed on no branch would go for good
  return { repoPath, stays: facts.branch === null ? "its commit may be on no branch" : null };
}
