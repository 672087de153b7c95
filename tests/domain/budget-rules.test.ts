import { expect, test } from "vitest";
import {
  budgetDay,
  judgeBudget,
  judgeBudgets,
  type Budget,
  type Spent,
} from "../../src/domain/budget-rules.ts";

const budget = (over: Partial<Budget> = {}): Budget => ({
  of: "run rn_1",
  tokens: null,
  usd: null,
  minutes: null,
  ...over,
});
const spent = (over: Partial<Spent> = {}): Spent => ({
  tokens: 0,
  usd: 0,
  unpricedTokens: 0,
  minutes: 0,
  ...over,
});

test.each([
  [budget(), spent({ tokens: 9e9 }), "ok", "run rn_1 has no limit"],
  [budget({ tokens: 100 }), spent({ tokens: 79 }), "ok", "run rn_1 used 79 of 100 tokens"],
  [budget({ tokens: 100 }), spent({ tokens: 80 }), "near", "run rn_1 used 80 of 100 tokens"],
  [budget({ usd: 2 }), spent({ usd: 2.005 }), "over", "run rn_1 used 2.00 of 2 dollars"],
  [budget({ minutes: 10 }), spent({ minutes: 10 }), "over", "run rn_1 used 10 of 10 minutes"],
  [budget({ tokens: 0 }), spent(), "over", "run rn_1 used 0 of 0 tokens"],
  [
    budget({ tokens: 100, minutes: 10 }),
    spent({ tokens: 10, minutes: 9 }),
    "near",
    "run rn_1 used 9 of 10 minutes",
  ],
  [
    budget({ usd: 5 }),
    spent({ unpricedTokens: 1000 }),
    "near",
    "run rn_1 used 0 of 5 dollars; 1000 tokens have no known price and are not counted in dollars",
  ],
] as const)("a budget %j with %j is %s", (limits, used, state, because) => {
  expect(judgeBudget(limits, used)).toMatchObject({ state, because });
});

test("of several budgets the one counts that stops work first", () => {
  const day = { budget: budget({ of: "today", usd: 10 }), spent: spent({ usd: 9 }) };
  const run = { budget: budget({ tokens: 100 }), spent: spent({ tokens: 10 }) };
  expect(judgeBudgets([run, day])).toEqual({
    state: "near",
    because: "today used 9 of 10 dollars",
    usedPercent: 90,
    measure: "usd",
  });
  expect(judgeBudgets([])).toMatchObject({ state: "ok", usedPercent: null });
});

test("a day begins at midnight UTC", () => {
  expect(budgetDay(Date.UTC(2026, 5, 1, 23, 59))).toBe(Date.UTC(2026, 5, 1));
  expect(budgetDay(Date.UTC(2026, 5, 1))).toBe(Date.UTC(2026, 5, 1));
});
