import { defineOperation, type Style } from "../define.ts";
import { sessionId } from "../schemas.ts";
import { removeSession, tryRemoving, type Removed } from "./removal.ts";

interface Input {
  session_ids: string[];
  force: boolean;
  dry_run: boolean;
}

export interface Output {
  sessions: Removed[];
  dry_run: boolean;
}

export const remove = defineOperation<Input, Output>()({
  name: "session.remove",
  toolset: "sessions",
  summary: "Remove sessions that are over, with everything kept of them",
  about:
    "Their files, worktrees and records go; branches with commits of their own stay, and what they used " +
    "stays counted. Refused for a session that lives and for a worktree with uncommitted work, unless " +
    "--force.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      session_ids: z.array(sessionId(z)).min(1).max(500).describe("Sessions to remove"),
      force: z
        .boolean()
        .default(false)
        .describe("End them first where they live, and remove uncommitted work in worktrees too"),
      dry_run: z.boolean().default(false).describe("Only say what would go"),
    }),
    output: z.looseObject({
      sessions: z.array(z.looseObject({ session_id: z.string(), removed: z.boolean() })),
      dry_run: z.boolean(),
    }),
  }),
  errors: [
    "session_not_found",
    "ambiguous_id",
    "session_live",
    "worktree_active",
    "worktree_dirty",
    "git_failed",
  ],
  cli: {
    command: "rm",
    group: "Files",
    ids: "sessions.session_id",
    positionals: ["session_ids..."],
    short: { force: "f" },
    examples: ["agentpool rm @last --dry-run"],
    render: (output, style) => output.sessions.map((one) => line(one, output, style)).join("\n"),
    exitCode: ({ sessions, dry_run: dry }) =>
      dry || sessions.every((one) => one.removed)
        ? sessions.some((one) => one.reason !== null)
          ? 7
          : 0
        : 7,
  },
  run: async (ctx, input) => {
    // a name that is wrong is told before anything goes
    const sessions = await Promise.all(
      input.session_ids.map((session) => ctx.app.sessions.resolve(session)),
    );
    const distinct = [...new Map(sessions.map((one) => [one.id, one])).values()];
    const options = { force: input.force, dryRun: input.dry_run };
    const [only, ...others] = distinct;
    const removed =
      only && others.length === 0 ? [await removeSession(ctx.app, only, ctx, options)] : [];
    if (removed.length === 0) {
      for (const session of distinct) {
        removed.push(await tryRemoving(ctx.app, session, ctx, options));
      }
    }
    return { sessions: removed, dry_run: input.dry_run };
  },
});

/** One session on one line. */
export function line(one: Removed, output: { readonly dry_run: boolean }, style: Style): string {
  const verb =
    one.reason !== null ? style.yellow("stays") : output.dry_run ? "would be removed" : "removed";
  const branch =
    one.worktree?.branch != null && !one.worktree.branch_removed && !output.dry_run
      ? `; branch ${one.worktree.branch} stays`
      : "";
  const who = one.name === null ? one.session_id : `${one.session_id}  ${one.name}`;
  return `${who}  ${verb}${one.reason === null ? branch : `: ${one.reason}`}`;
}
