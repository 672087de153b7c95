import { defineOperation, type Style } from "../define.ts";
import { table } from "../table.ts";

interface Input {
  dry_run: boolean;
}

export interface OrphanJson {
  kind: "pane" | "process" | "worktree" | "branch" | "files";
  what: string;
  session_id: string | null;
  /** Why nobody looks after it. */
  because: string;
  removed: boolean;
  /** Why it stays; null when it is gone, or would go. */
  stays: string | null;
}

export interface Output {
  dry_run: boolean;
  removed: number;
  left: number;
  orphans: OrphanJson[];
}

export const gc = defineOperation<Input, Output>()({
  name: "orphan.gc",
  toolset: "sessions",
  summary: "Remove what killed processes of agentpool left behind",
  about:
    "Panes, processes, worktrees, branches and files of this home whose session is over or unknown to " +
    "the store. What holds work stays, and it is said why: uncommitted changes, commits on no other " +
    "branch, files that may be the only copy. What agentpool did not make is never touched, nor what " +
    "belongs to a session that is over but known: worktrees cleanup removes its worktree. The command " +
    "also removes temporary folders of try, smoke and provider test that were killed.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      dry_run: z.boolean().default(false).describe("Only say what would go and what would stay"),
    }),
    output: z.looseObject({
      dry_run: z.boolean(),
      removed: z.number(),
      left: z.number(),
      orphans: z.array(
        z.looseObject({
          kind: z.string(),
          what: z.string(),
          because: z.string(),
          removed: z.boolean(),
          stays: z.string().nullable(),
        }),
      ),
    }),
  }),
  errors: [],
  cli: {
    command: "gc",
    group: "Setup",
    examples: ["agentpool gc --dry-run", "agentpool gc --json"],
    render,
  },
  run: async (ctx, { dry_run: dryRun }) => {
    const swept = await ctx.app.orphans.sweep({ dryRun });
    return {
      dry_run: dryRun,
      removed: swept.filter(({ removed }) => removed).length,
      left: swept.filter(({ stays }) => stays !== null).length,
      orphans: swept.map(({ orphan, removed, stays }) => ({
        kind: orphan.kind,
        what: orphan.what,
        session_id: orphan.sessionId,
        because: orphan.because,
        removed,
        stays,
      })),
    };
  },
});

function render({ dry_run: dryRun, orphans }: Output, style: Style): string {
  if (orphans.length === 0) return "nothing is left behind";
  const rows = orphans.map((one) => [
    one.stays !== null ? style.yellow("stays") : dryRun ? "would go" : style.green("removed"),
    one.kind,
    one.what,
    one.stays === null ? one.because : `${one.because}; ${one.stays}`,
  ]);
  return table(["", "KIND", "WHAT", "WHY"], rows, style, { wrap: true });
}
