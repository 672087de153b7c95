import { counted } from "../../domain/counted.ts";
import type { WorktreeFinish } from "./service.ts";
import { defineOperation } from "../define.ts";
import type { Style } from "../define.ts";
import { intoBranch, sessionId } from "../schemas.ts";
import { finishSteps, type FinishSteps } from "./finish-steps.ts";

interface Input {
  session_id: string;
  into?: string;
}

export interface Output {
  session_id: string;
  active: boolean;
  repo_path: string;
  path: string;
  exists: boolean;
  branch: string;
  into: string | null;
  into_dirty: boolean;
  base_commit: string;
  head_commit: string;
  commits_ahead: number;
  commits_behind: number;
  commits: readonly string[];
  uncommitted: readonly string[];
  uncommitted_total: number;
  commits_beside: number;
  would_conflict: boolean | null;
  conflicts: readonly string[];
  notes: readonly string[];
  commands: FinishSteps;
}

export const finish = defineOperation<Input, Output>()({
  name: "worktree.finish",
  toolset: "worktrees",
  summary: "Say how to take over the work of a worktree",
  about:
    "Changes nothing: the merge is yours. Prints the commands to review, merge or cherry-pick and " +
    "clean up, what lies uncommitted, and whether the merge would conflict (tried without a trace).",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      into: intoBranch(z),
    }),
    output: z.looseObject({
      session_id: z.string(),
      active: z.boolean(),
      repo_path: z.string(),
      path: z.string(),
      branch: z.string(),
      into: z.string().nullable(),
      commits_ahead: z.number(),
      commits_beside: z.number(),
      uncommitted: z.array(z.string()),
      uncommitted_total: z.number(),
      would_conflict: z.boolean().nullable(),
      conflicts: z.array(z.string()),
      notes: z.array(z.string()),
      commands: z.looseObject({
        commit: z.array(z.string()),
        review: z.array(z.string()),
        merge: z.array(z.string()),
        cherry_pick: z.array(z.string()),
        cleanup: z.array(z.string()),
      }),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "worktree_not_found",
    "base_not_found",
    "git_failed",
  ],
  cli: {
    command: "worktrees finish",
    group: "Files",
    positionals: ["session_id"],
    flags: { session_id: ["session-id"] },
    examples: ["agentpool worktrees finish @last"],
    render: (output, style) => renderFinish(output, style),
  },
  mcp: {
    tool: "finish_worktree",
    title: "How to finish a worktree",
    description:
      "Say what a worker left on its branch, whether merging it would conflict, and the git " +
      "commands to review, merge or cherry-pick it. Changes nothing.",
    idempotent: true,
    openWorld: false,
    workerText: ["commits[]", "uncommitted[]", "conflicts[]"],
  },
  run: async (ctx, input) => {
    const session = await ctx.app.sessions.resolve(input.session_id);
    const facts = await ctx.app.worktrees.finish(session.id, input.into ?? null);
    return {
      session_id: facts.sessionId,
      active: facts.active,
      repo_path: facts.repoPath,
      path: facts.path,
      exists: facts.exists,
      branch: facts.branch,
      into: facts.into,
      into_dirty: facts.intoDirty,
      base_commit: facts.base,
      head_commit: facts.tip,
      commits_ahead: facts.commitsAhead,
      commits_behind: facts.commitsBehind,
      commits: facts.commits,
      uncommitted: facts.uncommitted,
      uncommitted_total: facts.uncommittedTotal,
      commits_beside: facts.instead?.commits ?? 0,
      would_conflict: facts.wouldConflict,
      conflicts: facts.conflicts,
      notes: notesOn(facts),
      commands: finishSteps(facts),
    };
  },
});

function notesOn(facts: WorktreeFinish): string[] {
  const { into, intoDirty, uncommittedTotal, wouldConflict, instead } = facts;
  return [
    ...(facts.active ? ["the session is live: more may come"] : []),
    ...(facts.exists ? [] : ["its worktree is gone; what was committed is on the branch"]),
    ...(uncommittedTotal > 0
      ? [
          `not committed, and in neither merge nor cherry-pick: ${counted(uncommittedTotal, "file")}`,
        ]
      : []),
    ...(instead !== null && (instead.commits > 0 || uncommittedTotal > 0) ? [beside(instead)] : []),
    ...(facts.commitsAhead === 0 && uncommittedTotal === 0 && (instead?.commits ?? 0) === 0
      ? ["there is nothing to take over"]
      : []),
    ...(into === null ? ["the repository's HEAD is on no branch; the commands go by HEAD"] : []),
    ...(intoDirty ? ["the repository itself holds uncommitted work; git may refuse to merge"] : []),
    ...(wouldConflict === null ? ["this git cannot try a merge (it takes 2.38)"] : []),
  ];
}

/** Without the name of a branch, which the worker chose. */
function beside({ commit, commits, isAhead }: NonNullable<WorktreeFinish["instead"]>): string {
  const what = `the worktree stands at ${commit.slice(0, 12)} and not on the branch`;
  const rest = commits === 0 ? "" : `, with ${counted(commits, "commit")} that the branch has not`;
  return isAhead
    ? `${what}${rest}; the first command takes the branch there`
    : `${what}${rest}; they have parted, and none of the commands takes it over`;
}

function renderFinish(output: Output, style: Style): string {
  const { commands } = output;
  const block = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ["", style.bold(title), ...lines.map((line) => `  ${line}`)];
  const merge = {
    true: style.red(`would conflict in ${output.conflicts.join(", ")}`),
    false: style.green("would go without conflicts"),
    null: "cannot be tried with this git",
  }[String(output.would_conflict)];
  return [
    `${style.bold(output.branch)}  ${counted(output.commits_ahead, "commit")} that ${output.into ?? "HEAD"} has not; a merge ${merge ?? ""}`,
    ...output.commits.map((line) => `  ${line}`),
    ...output.notes.map((note) => style.yellow(`note: ${note}`)),
    ...output.uncommitted.map((line) => `  ${line}`),
    ...block("Put it on the branch", commands.commit),
    ...block("Review", commands.review),
    ...block("Merge", commands.merge),
    ...block("Or take the commits alone", commands.cherry_pick),
    ...block("Clean up, once it is merged", commands.cleanup),
  ].join("\n");
}
