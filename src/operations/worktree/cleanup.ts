import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  force: boolean;
  dry_run: boolean;
}

export interface Output {
  session_id: string;
  removed: boolean;
  would_remove: boolean;
  dry_run: boolean;
  path: string;
  dirty: boolean | null;
  branch: string | null;
  branch_removed: boolean;
  force: boolean;
  /** The code it would be refused with; null when nothing is in the way. */
  blocked: string | null;
  reason: string | null;
}

export const cleanup = defineOperation<Input, Output>()({
  name: "worktree.cleanup",
  toolset: "worktrees",
  summary: "Remove the worktree of an ended session",
  about:
    "Refused while the session lives or the worktree holds uncommitted work, unless --force. The " +
    "branch goes too when it has no commits of its own, or the branch that is checked out in the " +
    "repository has them all.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      force: z.boolean().default(false).describe("Remove it with uncommitted work in it"),
      dry_run: z.boolean().default(false).describe("Only say what would go"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      removed: z.boolean(),
      would_remove: z.boolean(),
      dry_run: z.boolean(),
      path: z.string(),
      dirty: z.boolean().nullable(),
      branch: z.string().nullable(),
      branch_removed: z.boolean(),
      reason: z.string().nullable(),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "worktree_not_found",
    "worktree_active",
    "worktree_dirty",
    "worktree_script_failed",
    "git_failed",
  ],
  cli: {
    command: "worktrees cleanup",
    group: "Files",
    positionals: ["session_id"],
    flags: { session_id: ["session-id"], force: ["force", ".yes"] },
    examples: ["agentpool worktrees cleanup @last --dry-run"],
    render: (output) => {
      const verb = output.dry_run
        ? output.would_remove
          ? "would be removed"
          : "would stay"
        : output.removed
          ? "removed"
          : "kept";
      const branch = output.branch
        ? `\n  branch ${output.branch} ${output.branch_removed ? "removed" : "kept"}`
        : "";
      return `${output.path}  ${verb}${output.reason ? `: ${output.reason}` : ""}${output.dry_run ? "" : branch}`;
    },
  },
  mcp: {
    tool: "cleanup_worktree",
    title: "Remove a worktree",
    description: "Remove the worktree of an ended worker; refused when dirty unless force.",
    idempotent: true,
    openWorld: false,
    confirm: {
      does: "removes a worktree with uncommitted work in it",
      when: "force",
      unless: "dry_run",
    },
  },
  run: async (ctx, input) => {
    const session = await ctx.app.sessions.resolve(input.session_id);
    const done = await ctx.app.worktrees.cleanup(
      session.id,
      { force: input.force, dryRun: input.dry_run },
      ctx,
    );
    return {
      session_id: done.sessionId,
      removed: done.removed,
      would_remove: done.wouldRemove,
      dry_run: input.dry_run,
      path: done.path,
      dirty: done.dirty,
      branch: done.branch,
      branch_removed: done.branchRemoved,
      force: input.force,
      blocked: done.blocked,
      reason: done.reason,
    };
  },
});
