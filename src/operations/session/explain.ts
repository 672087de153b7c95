import { AgentpoolError } from "../../domain/errors.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import { defineOperation } from "../define.ts";
import { sessionId } from "../schemas.ts";

interface Input {
  session_id: string;
  at?: string;
}

export interface Output {
  session_id: string;
  at: string | null;
  state: string;
  because: string;
  sources: { source: string; heard_at: string | null; claim: string | null; confidence: string }[];
  rules: { id: string; shows: string; matched: boolean; text: string }[];
  observations: { at: string; source: string; claim: string; foreign: boolean; outcome: string }[];
}

export const explain = defineOperation<Input, Output>()({
  name: "session.explain",
  toolset: "sessions",
  summary: "Say why a session is believed to be in its state",
  about:
    "Every source with what it said last, every screen rule tried on the present screen, and the " +
    "observations that led here. --at says the same of an earlier moment; of the screen of then it " +
    "knows the rule that decided.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({
      session_id: sessionId(z),
      at: z.string().optional().describe("A moment in the past, RFC 3339"),
    }),
    output: z.looseObject({
      session_id: z.string(),
      at: z.string().nullable(),
      state: z.string(),
      because: z.string(),
      sources: z.array(z.looseObject({ source: z.string(), confidence: z.string() })),
      rules: z.array(z.looseObject({ id: z.string(), matched: z.boolean() })),
      observations: z.array(
        z.looseObject({ at: z.string(), source: z.string(), claim: z.string() }),
      ),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id", "invalid_input"],
  cli: {
    command: "explain",
    group: "Inspect",
    positionals: ["session_id"],
    examples: ["agentpool explain @last"],
    render: (output, style) =>
      [
        `${style.bold(output.session_id)}  ${style.bold(output.state)}${output.at ? ` at ${output.at}` : ""}`,
        `  ${output.because}`,
        "",
        style.dim("sources"),
        ...output.sources.map(
          (one) =>
            `  ${one.source.padEnd(10)} ${one.confidence.padEnd(8)} ${one.heard_at ?? "never heard"}  ${one.claim ?? ""}`,
        ),
        ...(output.rules.length > 0 ? ["", style.dim("screen rules")] : []),
        ...output.rules.map(
          (rule) =>
            `  ${rule.matched ? style.green("yes") : style.dim("no ")}  ${rule.id.padEnd(28)} ${rule.shows.padEnd(7)} ${style.dim(rule.text)}`,
        ),
        "",
        style.dim("observations"),
        ...output.observations.map(
          (one) => `  ${one.at}  ${one.source.padEnd(9)} ${one.claim}  ${style.dim(one.outcome)}`,
        ),
      ].join("\n"),
  },
  mcp: {
    tool: "explain_worker",
    title: "Explain a worker's state",
    description:
      "Say why a worker is believed to be in its state: sources, screen rules, history. For when a " +
      "state looks wrong or unknown.",
    idempotent: true,
    openWorld: false,
    workerText: [
      "because",
      "rules[].text",
      "observations[].claim",
      "observations[].outcome",
      "sources[].claim",
    ],
  },
  run: async (ctx, input) => {
    const at = input.at === undefined ? null : Date.parse(input.at);
    if (at !== null && Number.isNaN(at)) {
      throw new AgentpoolError("invalid_input", `"${input.at}" is no time`, {
        hint: "Give a time such as 2026-01-31T12:00:00Z.",
      });
    }
    const told = await ctx.app.sessions.explain(input.session_id, at);
    return {
      session_id: told.session.id,
      at: formatTimeOrNull(told.at),
      state: told.state,
      because: told.because,
      sources: told.sources.map((one) => ({
        source: one.source,
        heard_at: formatTimeOrNull(one.heardAt),
        claim: one.claim,
        confidence: one.confidence,
      })),
      rules: [...told.rules],
      observations: told.observations.map((one) => ({ ...one, at: formatTime(one.at) })),
    };
  },
});
