import type { Branches } from "../../session/workspace/branches.ts";
import type { FinishFacts } from "../../session/workspace/finish.ts";
import type { Asker } from "../../session/asker.ts";

export interface WorktreeFacts {
  readonly path: string;
  readonly branch: string | null;
  readonly head: string | null;
  readonly sessionId: string | null;
  readonly active: boolean;
  readonly dirty: boolean | null;
  readonly commitsAhead: number | null;
}

/** What a session left in its worktree, and what taking it over would meet. */
export interface WorktreeFinish extends FinishFacts {
  readonly sessionId: string;
  /** The session lives. */
  readonly active: boolean;
}

export interface WorktreeService {
  /** Of these sessions' branches, those that are there. Changes nothing. */
  branches(repo: string, sessionIds: readonly string[], into: string | null): Promise<Branches>;
  /** Changes nothing. `into`: a branch; the one checked out in the repository when null. */
  finish(session: string, into: string | null): Promise<WorktreeFinish>;
  /** A relative path is meant from `cwd`. */
  list(
    repo: string,
    cwd: string,
  ): Promise<{ readonly repoPath: string; readonly worktrees: readonly WorktreeFacts[] }>;
  cleanup(
    session: string,
    options: { readonly force: boolean; readonly dryRun: boolean },
    asker: Asker,
  ): Promise<{
    readonly sessionId: string;
    readonly removed: boolean;
    readonly wouldRemove: boolean;
    readonly path: string;
    readonly dirty: boolean | null;
    readonly branch: string | null;
    readonly branchRemoved: boolean;
    /** The code it is refused with as things stand; null when it is not. */
    readonly blocked: string | null;
    readonly reason: string | null;
  }>;
}
