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
  /** Once it is taken over. */
  cleanup: string[];
}

export function finishSteps(facts: WorktreeFinish): FinishSteps {
  const { repoPath, path, branch, into, checkedOut, exists, sessionId } = facts;
  const inRepo = `git -C ${quote(repoPath)}`;
  const inTree = `git -C ${quote(path)}`;
  const target = into ?? "HEAD";
  const isDirty = exists && facts.uncommittedTotal > 0;
  const { instead } = facts;
  const goesOn = instead !== null && instead.isAhead && (instead.commits > 0 || isDirty);
  const hasWork = facts.commitsAhead > 0 || isDirty || goesOn;
  const turn = into === null || into === checkedOut ? [] : [`${inRepo} switch ${quote(into)}`];
  return {
    commit: [
      // keeps what lies uncommitted, and git refuses it while the branch is checked out elsewhere
      ...(goesOn ? [`${inTree} switch --force-create ${quote(branch)}`] : []),
      ...(isDirty
        ? [`${inTree} add --all`, `${inTree} commit --message ${quote(`Work of ${sessionId}`)}`]
        : []),
    ],
    review: hasWork
      ? [
          `${inRepo} log --oneline ${quote(`${target}..${branch}`)}`,
          `${inRepo} diff ${quote(`${target}...${branch}`)}`,
          ...(isDirty ? [`${inTree} diff HEAD`] : []),
        ]
      : [],
    merge: hasWork ? [...turn, `${inRepo} merge --no-ff ${quote(branch)}`] : [],
    cherry_pick: hasWork ? [...turn, `${inRepo} cherry-pick ${quote(`${target}..${branch}`)}`] : [],
    cleanup: [
      ...(facts.active ? [`agentpool terminate ${sessionId}`] : []),
      `agentpool worktrees cleanup ${sessionId}`,
      ...(hasWork ? [`${inRepo} branch --delete ${quote(branch)}`] : []),
    ],
  };
}

/** One word of a shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
