import { quoteForShell } from "../../domain/merge-order.ts";
import type { WorktreeFinish } from "./service.ts";

/** Commands for a person to type, in order; an empty list where there is nothing to do. */
export interface FinishSteps {
  /** Puts what lies uncommitted, or was committed beside the branch, on the branch. */
  commit: string[];
  review: string[];
  /** Into the target branch, with a commit that says so. */
  merge: string[];
  /** The commits alone, without a merge. */
  cherry_pick: string[];
  /** Once it is taken over: the clean-up takes the branch, too, when it is merged. */
  cleanup: string[];
}

export function finishSteps(facts: WorktreeFinish): FinishSteps {
  const { repoPath, path, branch, into, checkedOut, exists, sessionId } = facts;
  const inRepo = `git -C ${quoteForShell(repoPath)}`;
  const inTree = `git -C ${quoteForShell(path)}`;
  const target = into ?? "HEAD";
  const isDirty = exists && facts.uncommittedTotal > 0;
  const { instead } = facts;
  const goesOn = instead !== null && instead.isAhead && (instead.commits > 0 || isDirty);
  const hasWork = facts.commitsAhead > 0 || isDirty || goesOn;
  const turn =
    into === null || into === checkedOut ? [] : [`${inRepo} switch ${quoteForShell(into)}`];
  return {
    commit: [
      // keeps what lies uncommitted, and git refuses it while the branch is checked out elsewhere
      ...(goesOn ? [`${inTree} switch --force-create ${quoteForShell(branch)}`] : []),
      ...(isDirty
        ? [
            `${inTree} add --all`,
            `${inTree} commit --message ${quoteForShell(`Work of ${sessionId}`)}`,
          ]
        : []),
    ],
    review: hasWork
      ? [
          `${inRepo} log --oneline ${quoteForShell(`${target}..${branch}`)}`,
          `${inRepo} diff ${quoteForShell(`${target}...${branch}`)}`,
          ...(isDirty ? [`${inTree} diff HEAD`] : []),
        ]
      : [],
    merge: hasWork ? [...turn, `${inRepo} merge --no-ff --no-edit ${quoteForShell(branch)}`] : [],
    cherry_pick: hasWork
      ? [...turn, `${inRepo} cherry-pick ${quoteForShell(`${target}..${branch}`)}`]
      : [],
    cleanup: [
      ...(facts.active ? [`agentpool terminate ${sessionId}`] : []),
      `agentpool worktrees cleanup ${sessionId}`,
    ],
  };
}
