import type { ErrorBody } from "../../domain/errors.ts";
import type { RecoveredSession } from "../../session/resume-all.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";

interface Input {
  dry_run: boolean;
  since_seconds: number;
}

interface Recovered {
  session_id: string;
  name: string | null;
  provider_id: string;
  /** How and why it had ended. */
  from_state: string;
  because: string;
  outcome: "resumed" | "would_resume" | "skipped" | "failed";
  /** As it is now. */
  state: string;
  error: ErrorBody | null;
  warnings: readonly string[];
}

export interface Output {
  ok: boolean;
  dry_run: boolean;
  sessions: readonly Recovered[];
}

const weekSeconds = 7 * 86_400;

export const recover = defineOperation<Input, Output>()({
  name: "session.recover",
  toolset: "sessions",
  summary: "Resume every session that ended without anybody's will",
  about:
    "Those are lost (the tmux server or the machine went down, a pane was closed) or were ended by " +
    "a signal from outside. Sessions that finished, failed by themselves or were ended on request " +
    "stay as they are.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      dry_run: z.boolean().default(false).describe("Only say which would be resumed"),
      since_seconds: z
        .number()
        .min(1)
        .default(weekSeconds)
        .describe("Leave alone what ended longer ago, in seconds"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      dry_run: z.boolean(),
      sessions: z.array(
        z.looseObject({
          session_id: z.string(),
          provider_id: z.string(),
          from_state: z.string(),
          because: z.string(),
          outcome: z.enum(["resumed", "would_resume", "skipped", "failed"]),
          state: z.string(),
          warnings: z.array(z.string()),
        }),
      ),
    }),
  }),
  errors: ["tmux_missing", "tmux_too_old"],
  cli: {
    command: "recover",
    group: "Core",
    flags: { since_seconds: ["since"] },
    examples: ["agentpool recover --dry-run", "agentpool recover --since 2h"],
    render: (output, style) => {
      if (output.sessions.length === 0) return "nothing to recover";
      const rows = output.sessions.map((one) => [
        one.session_id,
        one.name ?? "",
        one.provider_id,
        one.from_state,
        one.outcome.replace("_", " "),
        [one.error?.message ?? one.because, ...one.warnings].join("; "),
      ]);
      return table(["SESSION", "NAME", "PROVIDER", "WAS", "NOW", "WHY"], rows, style, {
        wrap: true,
      });
    },
    exitCode: (output) => (output.ok ? 0 : 1),
  },
  wantsEnvironment: true,
  run: async (ctx, input) => {
    const endedSince = ctx.app.now() - input.since_seconds * 1_000;
    const request = { dryRun: input.dry_run, endedSince, env: ctx.env };
    const results = await ctx.app.sessions.recover(request, ctx);
    const sessions = results.map(projectRecovered);
    return {
      ok: sessions.every(({ outcome }) => outcome !== "failed"),
      dry_run: input.dry_run,
      sessions,
    };
  },
});

function projectRecovered({ session, from, resumed, error, skipped }: RecoveredSession): Recovered {
  const outcome = error ? (skipped ? "skipped" : "failed") : resumed ? "resumed" : "would_resume";
  return {
    session_id: session.id,
    name: session.name,
    provider_id: session.providerId,
    from_state: from.state,
    because: from.stateBecause,
    outcome,
    state: session.state,
    error: error?.toBody() ?? null,
    warnings: resumed?.warnings ?? [],
  };
}
