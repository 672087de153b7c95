import { defineOperation } from "../define.ts";
import {
  projectDelivery,
  projectPrompt,
  projectSession,
  projectTurn,
  type DeliveryJson,
  type PromptJson,
  type SessionJson,
  type TurnJson,
} from "../projection.ts";
import { sessionTokens } from "../statistics/session-tokens.ts";
import { count, money } from "../statistics/numbers.ts";
import type { TokensJson } from "../statistics/shape.ts";
import { deliveryJson, promptJson, sessionId, sessionJson, turnJson } from "../schemas.ts";

interface Input {
  session_id: string;
}

export interface Output {
  session: SessionJson;
  turns: TurnJson[];
  deliveries: DeliveryJson[];
  prompts: PromptJson[];
  /** What it told of tokens so far, with an estimate of their cost; null when it told nothing. */
  tokens: TokensJson | null;
  warnings: string[];
}

export const show = defineOperation<Input, Output>()({
  name: "session.show",
  toolset: "sessions",
  summary: "Show one session with its turns, deliveries and prompts",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({ session_id: sessionId(z) }),
    output: z.looseObject({
      session: sessionJson(z),
      turns: z.array(turnJson(z)),
      deliveries: z.array(deliveryJson(z)),
      prompts: z.array(promptJson(z)),
      tokens: z
        .looseObject({ input: z.number(), cached: z.number(), output: z.number() })
        .nullable()
        .describe("Tokens of all its turns, and their cost"),
      warnings: z.array(z.string()).describe("What keeps us from knowing as much as we could"),
    }),
  }),
  errors: ["session_not_found", "ambiguous_id"],
  cli: {
    command: "session show",
    group: "Inspect",
    ids: "session.id",
    positionals: ["session_id"],
    examples: ["agentpool session show @last"],
    render: (output, style) => {
      const { session } = output;
      const rows: [string, string][] = [
        ["provider", `${session.provider_id} ${session.provider_version ?? ""}`.trim()],
        [
          "state",
          `${session.state}: ${session.because} (${session.source}, ${session.confidence})`,
        ],
        ["works in", `${session.work_path} (${session.workspace_mode})`],
        ["task", session.task.split("\n")[0] ?? ""],
        ["created", session.created_at],
      ];
      if (session.branch) rows.push(["branch", session.branch]);
      if (session.ended_at) rows.push(["ended", session.ended_at]);
      if (session.exit_code !== null) rows.push(["exit code", String(session.exit_code)]);
      if (output.tokens) rows.push(["tokens", tokensLine(output.tokens)]);
      for (const warning of output.warnings) rows.push(["warning", warning]);
      for (const turn of output.turns) {
        rows.push([
          `turn ${turn.n}`,
          `${turn.state}  ${turn.prompt.split("\n")[0]?.slice(0, 80) ?? ""}`,
        ]);
      }
      for (const delivery of output.deliveries.filter((one) => one.state !== "accepted")) {
        rows.push([
          delivery.id,
          `${delivery.state}${delivery.because ? `: ${delivery.because}` : ""}`,
        ]);
      }
      for (const prompt of output.prompts.filter((one) => one.state === "open")) {
        rows.push([prompt.id, `${prompt.kind}: ${prompt.text.split("\n")[0] ?? ""}`]);
      }
      const width = Math.max(...rows.map(([name]) => name.length));
      return [
        `${style.bold(session.id)}${session.name ? `  ${session.name}` : ""}`,
        ...rows.map(([name, value]) => `  ${style.dim(name.padEnd(width))}  ${value}`),
      ].join("\n");
    },
  },
  mcp: {
    tool: "get_session",
    title: "Show a worker",
    description: "Show one worker with its turns, deliveries and prompts.",
    idempotent: true,
    openWorld: false,
    links: ["transcript", "events", "artifacts"],
    workerText: [
      "session.task",
      "session.because",
      "turns[].prompt",
      "turns[].error",
      "prompts[].text",
      "prompts[].subject",
      "deliveries[].because",
    ],
    workerValues: ["prompts[].options[].label"],
  },
  run: async (ctx, input) => {
    const { store, home } = ctx.app;
    const session = await ctx.app.sessions.resolve(input.session_id);
    const [turns, deliveries, prompts, told] = await Promise.all([
      store.turns.ofSession(session.id),
      store.deliveries.ofSession(session.id),
      store.prompts.ofSession(session.id),
      sessionTokens(ctx.app, session.id),
    ]);
    return {
      session: projectSession(session, home),
      turns: turns.map(projectTurn),
      deliveries: deliveries.map(projectDelivery),
      prompts: prompts.map(projectPrompt),
      tokens: told.tokens,
      warnings: [
        ...(session.evidence.hooks?.silent ? [session.evidence.hooks.silent.because] : []),
        ...told.warnings,
      ],
    };
  },
});

function tokensLine({ input, cached, output, cost }: TokensJson): string {
  const spent = cost.usd === null ? "" : `, about ${money(cost.usd)}`;
  const listed =
    cost.usd === null && cost.list_price_usd !== null
      ? `, ${money(cost.list_price_usd)} by list price`
      : "";
  const why = cost.reasons.length > 0 ? ` (${cost.reasons.join(", ")})` : "";
  const held = cached > 0 ? ` (${count(cached)} cached)` : "";
  return `${count(input)} in${held}, ${count(output)} out${spent}${listed}${why}`;
}
