import { defineOperation } from "../define.ts";
import { sessionId, timeoutSeconds, waitFor } from "../schemas.ts";
import { describe, exitCodeOf, parseWords, type Observation } from "./observe.ts";

interface Input {
  session_ids: string[];
  wait_for: string[];
  mode: "any" | "all";
  timeout_seconds: number;
}

export interface Output {
  outcome: "satisfied" | "needs_input" | "timeout" | "ended";
  sessions: Pick<
    Observation,
    "session_id" | "state" | "because" | "event" | "outcome" | "cursor" | "prompts"
  >[];
}

export const wait = defineOperation<Input, Output>()({
  name: "session.wait",
  toolset: "default",
  summary: "Wait for several sessions at once",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_ids: z.array(sessionId(z)).min(1).max(100).describe("Sessions to wait for"),
      wait_for: waitFor(z),
      mode: z.enum(["any", "all"]).default("all").describe("Until any of them, or all"),
      timeout_seconds: timeoutSeconds(z, 25),
    }),
    output: z.looseObject({
      outcome: z.string(),
      sessions: z.array(
        z.looseObject({ session_id: z.string(), state: z.string(), outcome: z.string() }),
      ),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "invalid_wait_for"],
  cli: {
    command: "wait",
    group: "Core",
    ids: "sessions.session_id",
    positionals: ["session_ids..."],
    flags: { wait_for: ["for"], timeout_seconds: ["timeout"] },
    examples: ["agentpool wait @last --for completed --timeout 10m"],
    render: (output, style) =>
      output.sessions
        .map(
          (one) =>
            `${one.session_id}  ${style.bold(one.state)}  ${one.outcome}  ${style.dim(one.because)}`,
        )
        .join("\n"),
    exitCode: (output) => Math.max(...output.sessions.map((one) => exitCodeOf(one as Observation))),
  },
  mcp: {
    tool: "wait_workers",
    title: "Wait for workers",
    description:
      "Wait up to 25 s until any or all of several workers reach something (default: the end of " +
      "their turn). Returns early when one asks; call again to wait longer.",
    idempotent: true,
    openWorld: false,
    workerText: ["sessions[].because", "sessions[].prompts[].text", "sessions[].prompts[].subject"],
    workerValues: ["sessions[].prompts[].options[].label"],
  },
  run: async (ctx, input) => {
    const words = input.wait_for.length === 0 ? parseWords(["turn"]) : parseWords(input.wait_for);
    const stop = new AbortController();
    const signal = AbortSignal.any([ctx.signal, stop.signal]);
    const waits = input.session_ids.map(async (session) => {
      const waited = await ctx.app.sessions.wait(
        { session, words, since: null, timeoutMs: input.timeout_seconds * 1000 },
        signal,
      );
      const done = waited.outcome === "satisfied";
      // one that asks holds the others up: the caller has to act
      if ((input.mode === "any" && done) || waited.outcome === "needs_input") stop.abort();
      return waited;
    });
    const waited = await Promise.all(waits).finally(() => stop.abort());
    const sessions = await Promise.all(
      waited.map((one) => describe(ctx, one.session.id, one.outcome, { detail: "summary" })),
    );
    const outcomes = sessions.map((one) => one.outcome);
    const satisfied =
      input.mode === "any"
        ? outcomes.includes("satisfied")
        : outcomes.every((outcome) => outcome === "satisfied");
    return {
      outcome: satisfied
        ? "satisfied"
        : outcomes.includes("needs_input")
          ? "needs_input"
          : outcomes.includes("timeout")
            ? "timeout"
            : "ended",
      sessions: sessions.map((one) => ({
        session_id: one.session_id,
        state: one.state,
        because: one.because,
        event: one.event,
        outcome: one.outcome,
        cursor: one.cursor,
        prompts: one.prompts,
      })),
    };
  },
});
