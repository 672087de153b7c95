import { isLive } from "../../domain/session.ts";
import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import type { SessionParts } from "../parts.ts";
import { sealRawFiles } from "../seal.ts";
import { endProcessesOf } from "../terminate.ts";
import type { Workers } from "../workers.ts";
import { runGit } from "../workspace/git.ts";
import { forgetWorktree } from "../workspace/worktree.ts";
import { dirtOf } from "../workspace/uncommitted.ts";
import type { BranchOrphan, FileOrphan, Orphan, ProcessOrphan, WorktreeOrphan } from "./orphan.ts";

/** Parts of the session room that removing needs. */
export interface RemovalParts extends SessionParts {
  readonly workers: Workers;
}

/**
 * Takes an orphan away. What became of it since it was found is looked at once more: a session may
 * have begun again, a folder may hold work by now. Returns why it stays, null when it is gone.
 */
export async function removeOrphan(parts: RemovalParts, orphan: Orphan): Promise<string | null> {
  if (orphan.stays !== null) return orphan.stays;
  const remove = async (): Promise<string | null> => {
    const session =
      orphan.sessionId === null ? undefined : await parts.store.sessions.get(orphan.sessionId);
    if (session && isLive(session)) return "its session has begun again";
    return removeNow(parts, orphan);
  };
  try {
    return orphan.sessionId === null
      ? await remove()
      : await parts.workers.betweenRuns(orphan.sessionId, remove);
  } catch (thrown) {
    return messageWithWhy(AgentpoolError.from(thrown));
  }
}

async function removeNow(parts: RemovalParts, orphan: Orphan): Promise<string | null> {
  switch (orphan.kind) {
    case "pane":
      await parts.host.close(orphan.place);
      return null;
    case "process":
      return endProcess(parts, orphan);
    case "worktree":
      return removeWorktree(parts, orphan);
    case "branch":
      return removeBranch(parts, orphan);
    case "files":
      return removeFiles(parts, orphan);
  }
}

/** All of its session at once; the next orphans of that session are gone by then. */
async function endProcess(parts: RemovalParts, orphan: ProcessOrphan): Promise<string | null> {
  const { pid, startToken } = orphan.process;
  if ((await parts.machine.process(pid))?.startToken !== startToken) return null;
  const session = await parts.store.sessions.get(orphan.sessionId ?? "");
  if (!session) return "its session is not known any more";
  const survivors = await endProcessesOf(parts, session);
  return survivors.some((one) => one.pid === pid) ? "it does not end by SIGKILL" : null;
}

async function removeWorktree(
  { machine }: RemovalParts,
  { path, repoPath }: WorktreeOrphan,
): Promise<string | null> {
  if (repoPath === null) {
    if ((await machine.list(path)).length > 0) return "it holds files by now";
    await machine.remove(path);
    return null;
  }
  if ((await dirtOf(machine, path)) !== false) return "it holds uncommitted work by now";
  await forgetWorktree(machine, repoPath, path);
  return null;
}

/** git removes it only while it stands where it was looked at. */
async function removeBranch(
  { machine }: RemovalParts,
  { repoPath, ref, tip }: BranchOrphan,
): Promise<string | null> {
  const { exitCode } = await runGit(machine, repoPath, ["update-ref", "-d", ref, tip]);
  return exitCode === 0 ? null : "it moved meanwhile";
}

async function removeFiles(
  parts: RemovalParts,
  { sessionId, what, wholeFolder }: FileOrphan,
): Promise<string | null> {
  if (sessionId === null) return "it has no session";
  await sealRawFiles(parts, sessionId);
  if (wholeFolder) await parts.machine.remove(what);
  return null;
}
