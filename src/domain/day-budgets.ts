import {
  budgetDay,
  judgeBudget,
  type Budget,
  type BudgetJudgement,
  type Spent,
} from "./budget-rules.ts";
import type { EventBody } from "./event.ts";
import { formatTime } from "./time.ts";

/** Whose sessions count: all of the home, those of a provider, or those that work in a profile. */
export type BudgetOwner =
  | { readonly kind: "home" }
  | { readonly kind: "provider"; readonly id: string }
  | { readonly kind: "profile"; readonly name: string };

/** What may be used in one day. */
export interface DayBudget extends Budget {
  readonly owner: BudgetOwner;
  /** Settings that limit it, by measure; null for a measure without a limit. */
  readonly settings: Readonly<Record<"tokens" | "usd" | "minutes", string | null>>;
}

/** What sessions used since midnight UTC. */
export interface DayUse {
  readonly total: Spent;
  /** By provider id. */
  readonly byProvider: ReadonlyMap<string, Spent>;
  /** By name of the profile; only sessions of runs and worker groups have one. */
  readonly byProfile: ReadonlyMap<string, Spent>;
}

export interface JudgedBudget {
  readonly budget: DayBudget;
  readonly spent: Spent;
  readonly judgement: BudgetJudgement;
}

/** How the budgets of one day stand. */
export interface DayStanding {
  /** Its midnight, epoch ms. */
  readonly day: number;
  /** When the next one begins, and everything with it. */
  readonly nextDay: number;
  readonly judged: readonly JudgedBudget[];
}

/** Who would do a piece of work. */
export interface BudgetedAgent {
  /** As its definition says it, no alias. */
  readonly providerId: string;
  readonly profile: string | null;
}

export const nothingSpent: Spent = { tokens: 0, usd: 0, unpricedTokens: 0, minutes: 0 };

export function judgeDay(budgets: readonly DayBudget[], use: DayUse, now: number): DayStanding {
  const day = budgetDay(now);
  const judged = budgets.map((budget) => {
    const spent = spentBy(budget.owner, use);
    return { budget, spent, judgement: judgeBudget(budget, spent) };
  });
  return { day, nextDay: day + dayMs, judged };
}

/** The budget of the whole home, when it is used up. */
export function spentDay({ judged }: DayStanding): JudgedBudget | undefined {
  return judged.find(({ budget, judgement }) => isHome(budget.owner) && judgement.state === "over");
}

/**
 * The budget that keeps this agent from being given work. One of a profile first: another provider
 * in the same role would change nothing about it.
 */
export function spentAgent(
  { judged }: DayStanding,
  { providerId, profile }: BudgetedAgent,
): JudgedBudget | undefined {
  const over = judged.filter(({ judgement }) => judgement.state === "over");
  return (
    over.find(({ budget: { owner } }) => owner.kind === "profile" && owner.name === profile) ??
    over.find(({ budget: { owner } }) => owner.kind === "provider" && owner.id === providerId)
  );
}

/** `today's 1000 tokens of agent fake are used up (budgets.agents.fake.tokens)`; the same all day. */
export function usedUp({ budget, judgement }: JudgedBudget): string {
  const { measure } = judgement;
  if (measure === null) throw new Error(`${budget.of} has no limit and is not used up`);
  const amount = measure === "usd" ? `$${budget.usd}` : `${budget[measure]} ${measure}`;
  const whose = isHome(budget.owner) ? "" : ` of ${budget.of}`;
  return `today's ${amount}${whose} are used up (${settingOf({ budget, judgement })})`;
}

/** The setting that decides. */
export function settingOf({
  budget,
  judgement,
}: Pick<JudgedBudget, "budget" | "judgement">): string {
  return (judgement.measure && budget.settings[judgement.measure]) ?? "budgets";
}

/** Why a run is paused, when it goes on by itself, and what to type for it to go on before. */
export function whyPaused(spent: JudgedBudget, { nextDay }: DayStanding): string {
  const { because } = spent.judgement;
  const setting = settingOf(spent);
  return (
    `today ${because} (${setting}); it goes on by itself after ${formatTime(nextDay)}, ` +
    `or with a higher limit: agentpool config set ${setting} N`
  );
}

/** What is told of a budget, once a day and limit: that it is near, and that it is used up. */
export function budgetNews(
  one: JudgedBudget,
  { day, nextDay }: DayStanding,
): EventBody | undefined {
  const { budget, spent, judgement } = one;
  const { state, measure, usedPercent, because } = judgement;
  if (state === "ok" || measure === null) return undefined;
  return {
    type: state === "over" ? "budget_used_up" : "budget_near",
    setting: settingOf(one),
    used: spent[measure],
    limit: budget[measure] ?? 0,
    used_percent: usedPercent ?? 0,
    day: formatTime(day).slice(0, 10),
    until: formatTime(nextDay),
    because,
  };
}

/** Two of the same key are one piece of news. */
export function newsKey(body: EventBody): string | undefined {
  return body.type === "budget_near" || body.type === "budget_used_up"
    ? [body.type, body.setting, body.limit, body.day].join(" ")
    : undefined;
}

const dayMs = 86_400_000;

function isHome({ kind }: BudgetOwner): boolean {
  return kind === "home";
}

function spentBy(owner: BudgetOwner, { total, byProvider, byProfile }: DayUse): Spent {
  switch (owner.kind) {
    case "home":
      return total;
    case "provider":
      return byProvider.get(owner.id) ?? nothingSpent;
    case "profile":
      return byProfile.get(owner.name) ?? nothingSpent;
  }
}
