import { tokenKeys, type TokenKey, type TokenSum } from "../../domain/statistics/facts.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import { defineOperation, type Style } from "../define.ts";
import { sessionId } from "../schemas.ts";
import { table } from "../table.ts";
import { addTokens } from "./cost.ts";
import { count, money } from "./numbers.ts";
import { questionOf, spanFields, type SpanInput } from "./question.ts";
import type { TokensJson } from "./shape.ts";
import { billingOf, dayOf, grouped } from "./tokens.ts";

const groupings = tokenKeys.filter((key) => key !== "account");
type Grouping = Exclude<TokenKey, "account">;

interface Input extends SpanInput {
  by: Grouping;
  session_id?: string;
}

export interface Output {
  by: Grouping;
  window: { start: string | null; end: string; label: string; spec: string };
  rows: ({ key: string } & TokensJson)[];
  totals: TokensJson;
  generated_at: string;
}

export const tokensShow = defineOperation<Input, Output>()({
  name: "stats.tokens",
  toolset: "stats",
  summary: "Show tokens and costs by session, provider, day",
  about:
    "Counted from the agents' own logs, each call once. Costs are estimates by list prices: prices.json in " +
    "the home adds to them, and what has no price says so.",
  effect: "read",
  fromStore: true,
  schemas: (z) => {
    const tokens = { input: z.number(), output: z.number(), cached: z.number() };
    return {
      input: z.strictObject({
        by: z
          .enum(groupings as [Grouping, ...Grouping[]])
          .default("provider")
          .describe("A row for each of these"),
        session_id: sessionId(z).optional().describe("Only this session, by id, prefix or name"),
        ...spanFields(z),
      }),
      output: z.looseObject({
        rows: z.array(z.looseObject({ key: z.string(), ...tokens })),
        totals: z.looseObject(tokens),
      }),
    };
  },
  errors: [
    "invalid_input",
    "invalid_config",
    "session_not_found",
    "ambiguous_id",
    "provider_not_found",
    "provider_required",
  ],
  cli: {
    command: "tokens",
    group: "Inspect",
    flags: {
      window: ["since", ".window"],
      provider_id: ["provider"],
      session_id: ["session"],
    },
    examples: ["agentpool tokens", "agentpool tokens --by day --since 2w --json"],
    render,
  },
  mcp: {
    tool: "get_token_usage",
    title: "Tokens and costs",
    description: "Tokens and estimated costs by session, turn, provider, model or day in a window.",
    presets: { scope: "mine" },
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, input) => {
    const { store, home, sessions } = ctx.app;
    const session =
      input.session_id === undefined ? undefined : await sessions.resolve(input.session_id);
    // one session counts whole, unless a window was asked for
    const asksSpan = [input.window, input.from, input.to].some((one) => one !== undefined);
    const { span, providerId, author } = await questionOf(
      ctx,
      session && !asksSpan ? { ...input, window: "all" } : input,
    );
    const filter = {
      from: span.from ?? 0,
      to: span.to,
      ...(providerId === undefined ? {} : { providerId }),
      ...(author === undefined ? {} : { author }),
      ...(session ? { sessionId: session.id } : {}),
    };
    const keys = [...new Set<TokenKey>([input.by, "provider", "account", "model"])];
    const sums = (await store.statistics.tokens(filter, keys)) ?? [];
    const { billing } = await billingOf(store, home.prices);
    const groups = grouped(sums, billing, (sum) => keyOf(sum, input.by));
    const rows = Object.entries(groups).map(([key, tokens]) => ({ key, ...tokens }));
    return {
      by: input.by,
      window: {
        start: formatTimeOrNull(span.from),
        end: formatTime(span.to),
        label: span.label,
        spec: span.spec,
      },
      rows:
        input.by === "day"
          ? rows.toSorted((a, b) => (a.key < b.key ? -1 : 1))
          : rows.toSorted((a, b) => b.input + b.output - a.input - a.output),
      totals: addTokens(sums, billing),
      generated_at: formatTime(ctx.app.now()),
    };
  },
});

function keyOf(sum: TokenSum, by: Grouping): string {
  switch (by) {
    case "provider":
      return sum.providerId ?? "unknown";
    case "model":
      return sum.model ?? "unknown";
    case "day":
      return dayOf(sum);
    case "session":
      return sum.sessionId ?? "unknown";
    case "turn":
      return sum.turnId ?? "unknown";
  }
}

function render({ by, rows, totals }: Output, style: Style): string {
  if (rows.length === 0) return style.dim("No agent told of tokens in this window.");
  const cells = (name: string, { input, cached, output, cost }: TokensJson): string[] => [
    name,
    count(input),
    count(cached),
    count(output),
    money(cost.usd),
    money(cost.list_price_usd),
    cost.reasons.join(", "),
  ];
  return table(
    [by.toUpperCase(), "INPUT", "CACHED", "OUTPUT", "COST (EST.)", "LIST PRICE", "NOTE"],
    [
      ...rows.map(({ key, ...tokens }) => cells(key, tokens)),
      ...(rows.length > 1 ? [cells("all", totals)] : []),
    ],
    style,
  );
}
