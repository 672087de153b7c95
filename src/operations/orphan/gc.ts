import { defineOperation, type Style } from "../define.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Forgotten } from "../../store/store.ts";
import { table } from "../table.ts";
import { forgetOld } from "./forget-old.ts";

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
  /** What was over for longer than the settings keep it: how much went, or would go. */
  forgotten: Forgotten;
}

export const gc = defineOperation<Input, Output>()({
  name: "orphan.gc",
  toolset: "sessions",
  summary: "Remove what killed processes left, and what is long over",
  about:
    "Panes, processes, worktrees, branches and files of this home whose session is over or unknown to " +
    "the store. What holds work stays, and it is said why: uncommitted changes, commits on no other " +
    "branch, files that may be the only copy. What agentpool did not make is never touched, nor what " +
    "belongs to a session that is over but known: worktrees cleanup removes its worktree. The command " +
    "also removes temporary folders of try, smoke and provider test that were killed. Runs, tasks and " +
    "approvals that have been over for longer than retention.runs_days go, and participants that are " +
    "gone for as long; what something open depends on or belongs to stays. Messages that everybody " +
    "acknowledged go after retention.events_days. Both also happen by themselves while a supervisor " +
    "runs, and are told as events (orphans_removed, records_removed). What was decided and done remains " +
    "in the events for their time.",
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
      forgotten: z.looseObject({
        runs: z.number(),
        tasks: z.number(),
        approvals: z.number(),
        participants: z.number(),
        messages: z.number(),
      }),
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
    const { store, orphans, now } = ctx.app;
    const by = formatPrincipal(ctx.principal);
    const swept = await orphans.sweep({ dryRun });
    const gone = swept.flatMap(({ orphan, removed }) =>
      removed ? [`${orphan.kind} ${orphan.what}`] : [],
    );
    if (gone.length > 0) {
      const body = { type: "orphans_removed", orphans: gone, by } as const;
      const told = { sessionId: null, at: now(), body };
      await store.commit({ guards: [], writes: [], events: [told] });
    }
    return {
      dry_run: dryRun,
      removed: swept.filter(({ removed }) => removed).length,
      left: swept.filter(({ stays }) => stays !== null).length,
      forgotten: await forgetOld(ctx.app, { dryRun, by }),
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

function render({ dry_run: dryRun, orphans, forgotten }: Output, style: Style): string {
  const counts = Object.entries(forgotten)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${count === 1 ? kind.slice(0, -1) : kind}`);
  const old =
    counts.length === 0
      ? []
      : [`long over, ${dryRun ? "would go" : "removed"}: ${counts.join(", ")}`];
  if (orphans.length === 0) return old[0] ?? "nothing is left behind";
  const rows = orphans.map((one) => [
    one.stays !== null ? style.yellow("stays") : dryRun ? "would go" : style.green("removed"),
    one.kind,
    one.what,
    one.stays === null ? one.because : `${one.because}; ${one.stays}`,
  ]);
  return [table(["", "KIND", "WHAT", "WHY"], rows, style, { wrap: true }), ...old].join("\n");
}
