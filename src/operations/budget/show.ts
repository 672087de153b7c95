import {
  budgetDay,
  budgetMeasures,
  judgeBudget,
  judgeBudgets,
  type Budget,
  type BudgetMeasure,
  type BudgetState,
  type Spent,
} from "../../domain/budget-rules.ts";
import { priceOf } from "../../domain/price.ts";
import { formatTime } from "../../domain/time.ts";
import type { App } from "../app.ts";
import { defineOperation, type Style, type Z } from "../define.ts";
import { count, money } from "../statistics/numbers.ts";
import { billingOf } from "../statistics/tokens.ts";
import { table } from "../table.ts";

/** One limit. */
export interface BudgetRow {
  /** `all sessions`, `agent fake`, `profile reviewer`, `run rn_...`. */
  of: string;
  measure: BudgetMeasure;
  used: number;
  limit: number;
  used_percent: number;
  state: BudgetState;
  /** The key that says so; null for a run's own, which `run` was given. */
  setting: string | null;
}

export interface Output {
  /** In UTC. */
  day: string;
  /** When the budgets of the day begin anew. */
  next_day_at: string;
  /** Of the budget that stops work first. */
  state: BudgetState;
  because: string;
  budgets: BudgetRow[];
  /** Of all sessions, today. */
  used: { tokens: number; usd: number; minutes: number; unpriced_tokens: number };
  /** Of which nobody knows the price: no part of the dollars. */
  unpriced: { model: string | null; tokens: number }[];
}

type Limited = { readonly budget: Budget; readonly spent: Spent } & {
  readonly settings: Readonly<Record<BudgetMeasure, string | null>>;
};

export const show = defineOperation<Record<string, never>, Output>()({
  name: "budget.show",
  toolset: "usage",
  summary: "Show what is used of each budget",
  about:
    "Of the day (UTC), of each agent, and of runs that are open. What is used up stops work: runs are " +
    "paused, or the agent is given nothing more. Limits are settings: agentpool config set " +
    "budgets.day_usd 20. Dollars are list prices; what has none says so.",
  effect: "read",
  fromStore: true,
  schemas: (z) => ({ input: z.strictObject({}), output: outputJson(z) }),
  errors: ["invalid_config"],
  cli: {
    command: "budget",
    aliases: ["budgets"],
    group: "Inspect",
    examples: ["agentpool budget", "agentpool budget --json"],
    render,
  },
  mcp: {
    tool: "get_budgets",
    title: "Show budgets",
    description: "Show what is used today of each budget, and of open runs' own.",
    idempotent: true,
    openWorld: false,
  },
  run: async ({ app }) => {
    const now = app.now();
    const day = budgetDay(now);
    const { days, used } = await ofDay(app, { from: day, now });
    const all = [...days, ...(await ofRuns(app, now))];
    const { state, because } = judgeBudgets(all);
    return {
      day: formatTime(day).slice(0, 10),
      next_day_at: formatTime(day + dayMs),
      state,
      because,
      budgets: all.flatMap(rowsOf),
      used: {
        tokens: used.tokens,
        usd: round(used.usd, 4),
        minutes: round(used.minutes, 2),
        unpriced_tokens: used.unpricedTokens,
      },
      unpriced: await unpricedOf(app, { from: day, now }),
    };
  },
});

const dayMs = 86_400_000;

interface Today {
  readonly from: number;
  readonly now: number;
}

async function ofDay(
  { store, home, config, usage }: Pick<App, "store" | "home" | "config" | "usage">,
  { from, now }: Today,
): Promise<{ readonly days: readonly Limited[]; readonly used: Spent }> {
  const { readDayLimits } = await import("../../orchestration/budgets/day-limits.ts");
  const { DayUseReader } = await import("../../orchestration/budgets/day-use.ts");
  const { judgeDay } = await import("../../domain/day-budgets.ts");
  const limits = await readDayLimits(await config(), (name) => usage.providerId(name));
  const { billing } = await billingOf(store, home.prices);
  const request = { from, now, prices: billing.prices, minutes: true, profiles: true };
  const use = await new DayUseReader(store).read(request);
  const days = judgeDay(limits, use, now).judged.map(({ budget, spent }) => ({
    budget,
    spent,
    settings: budget.settings,
  }));
  return { days, used: use.total };
}

/** Open runs with limits of their own: what they used since they began. */
async function ofRuns(
  { store, home }: Pick<App, "store" | "home">,
  now: number,
): Promise<readonly Limited[]> {
  const runs = (await store.runs.open()).filter(({ limits }) =>
    budgetMeasures.some((measure) => limits[measure] !== null),
  );
  if (runs.length === 0) return [];
  const { useOf } = await import("../../orchestration/scheduler/use.ts");
  const found: Limited[] = [];
  for (const run of runs) {
    const use = await useOf(store, run, { now, pricesFile: home.prices });
    const { tokens, usd, minutes } = run.limits;
    found.push({
      budget: { of: `run ${run.id}`, tokens, usd, minutes },
      spent: {
        tokens: use.tokens,
        usd: use.usd ?? 0,
        unpricedTokens: use.usd === null ? use.tokens : 0,
        minutes: use.sessionMs / 60_000,
      },
      settings: { tokens: null, usd: null, minutes: null },
    });
  }
  return found;
}

async function unpricedOf(
  { store, home }: Pick<App, "store" | "home">,
  { from, now }: Today,
): Promise<Output["unpriced"]> {
  const { billing } = await billingOf(store, home.prices);
  const sums = (await store.statistics.tokens({ from, to: now + 1 }, ["model"])) ?? [];
  return sums
    .filter((sum) => priceOf(sum, sum.model, billing.prices).usd === null)
    .map(({ model, input, output }) => ({ model, tokens: input + output }))
    .filter(({ tokens }) => tokens > 0);
}

function rowsOf({ budget, spent, settings }: Limited): BudgetRow[] {
  return budgetMeasures.flatMap((measure) => {
    const limit = budget[measure];
    if (limit === null) return [];
    const alone = { of: budget.of, tokens: null, usd: null, minutes: null, [measure]: limit };
    const { state, usedPercent } = judgeBudget(alone, spent);
    return [
      {
        of: budget.of,
        measure,
        used: measure === "tokens" ? spent.tokens : round(spent[measure], 4),
        limit,
        used_percent: usedPercent ?? 0,
        state,
        setting: settings[measure],
      },
    ];
  });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function render(output: Output, style: Style): string {
  const { used, budgets, unpriced, day, next_day_at: nextDay } = output;
  const amount = (measure: BudgetMeasure, value: number): string =>
    measure === "usd" ? money(value) : measure === "tokens" ? count(value) : `${round(value, 1)}m`;
  const words = { ok: "ok", near: style.yellow("near"), over: style.red("used up") };
  const rows = budgets.map((row) => [
    row.of,
    row.measure,
    amount(row.measure, row.used),
    amount(row.measure, row.limit),
    `${row.used_percent}%`,
    words[row.state],
    row.setting ?? "",
  ]);
  const told =
    `${day} (UTC): ${count(used.tokens)} tokens, ${money(used.usd)} by list prices, ` +
    `${round(used.minutes, 1)} minutes of sessions`;
  const without = unpriced.map(
    ({ model, tokens }) =>
      `${count(tokens)} tokens of ${model ?? "an unknown model"} have no known price`,
  );
  return [
    told,
    ...without.map((line) => style.yellow(line)),
    rows.length === 0
      ? style.dim("There is no budget: agentpool config set budgets.day_usd 20")
      : table(["OF", "MEASURE", "USED", "LIMIT", "PERCENT", "STATE", "SETTING"], rows, style),
    ...(rows.length > 0 ? [style.dim(`Days begin anew at ${nextDay}.`)] : []),
  ].join("\n");
}

function outputJson(z: Z) {
  const state = z.enum(["ok", "near", "over"]);
  return z.looseObject({
    day: z.string(),
    next_day_at: z.string(),
    state,
    because: z.string(),
    budgets: z.array(
      z.looseObject({
        of: z.string(),
        measure: z.enum(["tokens", "usd", "minutes"]),
        used: z.number(),
        limit: z.number(),
        used_percent: z.number(),
        state,
        setting: z.string().nullable(),
      }),
    ),
    used: z.looseObject({
      tokens: z.number(),
      usd: z.number(),
      minutes: z.number(),
      unpriced_tokens: z.number(),
    }),
    unpriced: z.array(z.looseObject({ model: z.string().nullable(), tokens: z.number() })),
  });
}
