import { defineOperation } from "../define.ts";
import { table } from "../table.ts";

interface Input {
  repo_path: string;
}

export interface Output {
  repo_path: string;
  worktrees: {
    path: string;
    branch: string | null;
    head: string | null;
    session_id: string | null;
    active: boolean;
    dirty: boolean | null;
    commits_ahead: number | null;
  }[];
}

export const list = defineOperation<Input, Output>()({
  name: "worktree.list",
  toolset: "worktrees",
  summary: "List the worktrees agentpool made for a repository",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      repo_path: z.string().default(".").describe("Repository whose worktrees to list"),
    }),
    output: z.looseObject({
      repo_path: z.string(),
      worktrees: z.array(z.looseObject({ path: z.string(), active: z.boolean() })),
    }),
  }),
  errors: [
    "repo_not_found",
    "repo_not_a_directory",
    "not_a_git_repository",
    "git_missing",
    "git_failed",
  ],
  cli: {
    command: "worktrees list",
    ids: "worktrees.path",
    group: "Files",
    flags: { repo_path: ["repo"] },
    examples: ["agentpool worktrees list"],
    render: (output, style) =>
      output.worktrees.length === 0 && style.columns !== undefined
        ? `No worktrees of agentpool in ${output.repo_path}.`
        : table(
            ["SESSION", "BRANCH", "STATE", "AHEAD", "PATH"],
            output.worktrees.map((one) => [
              one.session_id ?? "-",
              one.branch ?? "-",
              [one.active ? "active" : "", one.dirty ? "dirty" : ""].filter(Boolean).join(",") ||
                "clean",
              one.commits_ahead === null ? "-" : String(one.commits_ahead),
              one.path,
            ]),
            style,
          ),
  },
  mcp: {
    tool: "list_worktrees",
    title: "List worktrees",
    description: "List the git worktrees that agentpool made for a repository.",
    idempotent: true,
    openWorld: false,
    // it may have gone to another one than ours, of any name
    workerValues: ["worktrees[].branch"],
  },
  run: async (ctx, input) => {
    const found = await ctx.app.worktrees.list(input.repo_path, ctx.cwd);
    return {
      repo_path: found.repoPath,
      worktrees: found.worktrees.map((one) => ({
        path: one.path,
        branch: one.branch,
        head: one.head,
        session_id: one.sessionId,
        active: one.active,
        dirty: one.dirty,
        commits_ahead: one.commitsAhead,
      })),
    };
  },
});
