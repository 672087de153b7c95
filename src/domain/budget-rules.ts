/** What may be used; null is without a limit. */
export interface Budget {
  /** Whose it is: `run rn_...`, `all sessions`, `agent reviewer`. */
  readonly of: string;
  readonly tokens: number | null;
  readonly usd: number | null;
  /** Of sessions' time together. */
  readonly minutes: number | null;
}

export interface Spent {
  readonly tokens: number;
  /** Of all that has a known price. */
  readonly usd: number;
  /** Tokens of models whose price nobody knows: no part of `usd`. */
  readonly unpricedTokens: number;
  readonly minutes: number;
}

export type BudgetState = "ok" | "near" | "over";

/** What a budget may bound, in the order in which it is told. */
export const budgetMeasures = ["tokens", "usd", "minutes"] as const;
export type BudgetMeasure = (typeof budgetMeasures)[number];

export interface BudgetJudgement {
  readonly state: BudgetState;
  /** What decides; also for `ok`. */
  readonly because: string;
  /** Of the measure that is used up most; null where nothing is limited. */
  readonly usedPercent: number | null;
  /** The one that decides; null where nothing is limited. */
  readonly measure: BudgetMeasure | null;
}

/** From then on a word is said. */
export const nearBudgetPercent = 80;

/**
 * Whether work within this budget may go on. `over` when any measure is used up: what was begun may
 * pass a limit by the turn in which it does. Tokens without a price cannot be counted in dollars, and
 * a limit in dollars is then at least `near`, because nobody can say that it holds.
 */
export function judgeBudget(budget: Budget, spent: Spent): BudgetJudgement {
  const measures = [
    measure("tokens", spent.tokens, budget.tokens),
    measure("usd", spent.usd, budget.usd),
    measure("minutes", spent.minutes, budget.minutes),
  ].filter((one) => one !== null);
  if (measures.length === 0) {
    const because = `${budget.of} has no limit`;
    return { state: "ok", because, usedPercent: null, measure: null };
  }
  const most = measures.reduce((a, b) => (b.percent > a.percent ? b : a));
  const { percent } = most;
  const told = `${budget.of} used ${most.text}`;
  const of = { usedPercent: Math.floor(percent), measure: most.name };
  if (percent >= 100) return { state: "over", because: told, ...of };
  if (budget.usd !== null && spent.unpricedTokens > 0) {
    const because = `${told}; ${spent.unpricedTokens} tokens have no known price and are not counted in dollars`;
    return { state: "near", because, ...of };
  }
  return { state: percent >= nearBudgetPercent ? "near" : "ok", because: told, ...of };
}

/** The one that stops work first. */
export function judgeBudgets(
  budgets: readonly { readonly budget: Budget; readonly spent: Spent }[],
): BudgetJudgement {
  const order: readonly BudgetState[] = ["over", "near", "ok"];
  const [worst] = budgets
    .map(({ budget, spent }) => judgeBudget(budget, spent))
    .toSorted(
      (a, b) =>
        order.indexOf(a.state) - order.indexOf(b.state) ||
        (b.usedPercent ?? -1) - (a.usedPercent ?? -1),
    );
  return worst ?? { state: "ok", because: "there is no budget", usedPercent: null, measure: null };
}

/** When the day of a budget began: at midnight UTC, epoch ms. */
export function budgetDay(now: number): number {
  return now - (((now % dayMs) + dayMs) % dayMs);
}

const dayMs = 86_400_000;

/** A limit of nothing is used up before anything begins. */
function measure(name: BudgetMeasure, used: number, limit: number | null) {
  if (limit === null) return null;
  const percent = limit <= 0 ? 100 : (used / limit) * 100;
  return { name, percent, text: `${plain(used)} of ${plain(limit)} ${unitOf[name]}` };
}

const unitOf: Readonly<Record<BudgetMeasure, string>> = {
  tokens: "tokens",
  usd: "dollars",
  minutes: "minutes",
};

function plain(amount: number): string {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(2);
}
