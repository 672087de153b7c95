import { endStates, type Session } from "../../domain/session.ts";
import type { Asker } from "../../session/asker.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../define.ts";
import { line } from "./remove.ts";
import { tryRemoving, type Removed } from "./removal.ts";

interface Input {
  older_than_seconds: number;
  dry_run: boolean;
}

export interface Output {
  /** Those that go, and with a reason those that stay. */
  sessions: Removed[];
  removed: number;
  kept: number;
  dry_run: boolean;
}

export const prune = defineOperation<Input, Output>()({
  name: "session.prune",
  toolset: "sessions",
  summary: "Remove sessions that have been over for long",
  about:
    "As rm does, without force: what lives, and worktrees with uncommitted work, stay and are " +
    "named. retention.sessions_days of config.yaml has the supervisor do the same by itself.",
  effect: "destructive",
  schemas: (z) => ({
    input: z.strictObject({
      older_than_seconds: z
        .number()
        .min(0)
        .default(30 * 86_400)
        .describe("Over for at least so long; 30 days unless told otherwise"),
      dry_run: z.boolean().default(false).describe("Only say what would go"),
    }),
    output: z.looseObject({
      sessions: z.array(z.looseObject({ session_id: z.string(), removed: z.boolean() })),
      removed: z.number(),
      kept: z.number(),
      dry_run: z.boolean(),
    }),
  }),
  errors: ["git_failed"],
  cli: {
    command: "prune",
    group: "Files",
    ids: "sessions.session_id",
    flags: { older_than_seconds: ["older-than"] },
    examples: ["agentpool prune --dry-run", "agentpool prune --older-than 7d --dry-run"],
    render: (output, style) =>
      output.sessions.length === 0
        ? "Nothing is that old."
        : output.sessions.map((one) => line(one, output, style)).join("\n"),
  },
  run: async (ctx, input) => {
    const before = ctx.app.now() - input.older_than_seconds * 1000;
    const sessions = await removeOld(ctx.app, ctx, before, { dryRun: input.dry_run });
    const kept = sessions.filter((one) => one.reason !== null).length;
    return { sessions, removed: sessions.length - kept, kept, dry_run: input.dry_run };
  },
});

const pageSize = 500;

/** Removes every session that ended before a moment, where nothing would be lost with it. */
export async function removeOld(
  app: Pick<App, "store" | "sessions" | "worktrees">,
  asker: Asker,
  endedBefore: number,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Removed[]> {
  const old: Session[] = [];
  for (let offset = 0; ; offset += pageSize) {
    const { sessions } = await app.store.sessions.list({
      states: endStates,
      limit: pageSize,
      offset,
    });
    old.push(...sessions.filter(({ endedAt }) => endedAt !== null && endedAt <= endedBefore));
    if (sessions.length < pageSize) break;
  }
  const removed: Removed[] = [];
  for (const session of old) {
    if (asker.signal.aborted) break;
    removed.push(await tryRemoving(app, session, asker, { force: false, dryRun }));
  }
  return removed;
}
