import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import { formatTimeOrNull } from "../../domain/time.ts";
import type { Asker } from "../../session/asker.ts";
import type { App } from "../app.ts";

export interface Removed {
  session_id: string;
  name: string | null;
  state: string;
  ended_at: string | null;
  removed: boolean;
  /** Its worktree, where it has one. */
  worktree: {
    path: string;
    removed: boolean;
    /** A branch with commits of its own stays. */
    branch: string | null;
    branch_removed: boolean;
  } | null;
  /** Why it stays; null where it goes. */
  reason: string | null;
}

/**
 * Removes what is kept of a session: its worktree by the rules of the clean-up, its files, its
 * record. Each step may be repeated: whoever is killed in between begins again.
 * @throws session_live, worktree_dirty, and nothing was removed
 */
export async function removeSession(
  app: Pick<App, "sessions" | "worktrees">,
  session: Session,
  asker: Asker,
  { force, dryRun }: { readonly force: boolean; readonly dryRun: boolean },
): Promise<Removed> {
  const { id, name, workspace } = session;
  const isOver = isEndState(session.state);
  if (!isOver && !force) {
    throw new AgentpoolError("session_live", `Session ${id} lives`, {
      why: `Its state is ${session.state}: ${session.stateBecause}.`,
      hint: `agentpool terminate ${id}`,
      details: { session_id: id },
    });
  }
  if (!isOver && !dryRun) await app.sessions.terminate(id, asker);
  const worktree =
    workspace.mode === "worktree" && (isOver || !dryRun)
      ? await app.worktrees.cleanup(id, { force, dryRun }, asker)
      : null;
  const staysDirty =
    dryRun && worktree !== null && !worktree.wouldRemove && worktree.dirty !== null;
  if (!dryRun) await app.sessions.remove(id, asker);
  return {
    session_id: id,
    name,
    state: session.state,
    ended_at: formatTimeOrNull(session.endedAt),
    removed: !dryRun,
    worktree: worktree && {
      path: worktree.path,
      removed: worktree.removed,
      branch: worktree.branch,
      branch_removed: worktree.branchRemoved,
    },
    reason: staysDirty ? `its worktree stays: ${worktree.reason ?? "it cannot be removed"}` : null,
  };
}

/** The same for a session that may stay: what is in the way is told and not thrown. */
export async function tryRemoving(
  app: Pick<App, "sessions" | "worktrees">,
  session: Session,
  asker: Asker,
  options: { readonly force: boolean; readonly dryRun: boolean },
): Promise<Removed> {
  try {
    return await removeSession(app, session, asker, options);
  } catch (thrown) {
    const error = AgentpoolError.from(thrown);
    if (error.code === "internal") throw thrown;
    return {
      session_id: session.id,
      name: session.name,
      state: session.state,
      ended_at: formatTimeOrNull(session.endedAt),
      removed: false,
      worktree: null,
      reason: messageWithWhy(error),
    };
  }
}
