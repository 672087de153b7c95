import { expect, test } from "vitest";
import {
  budgetNews,
  judgeDay,
  newsKey,
  nothingSpent,
  spentAgent,
  spentDay,
  usedUp,
  whyPaused,
  type BudgetOwner,
  type DayBudget,
  type DayUse,
} from "../../src/domain/day-budgets.ts";
import { holdTasks, isHeld } from "../../src/domain/task-hold.ts";

const noon = Date.UTC(2026, 5, 1, 12);
const home: BudgetOwner = { kind: "home" };

const budget = (of: string, owner: BudgetOwner, tokens: number): DayBudget => ({
  of,
  owner,
  tokens,
  usd: null,
  minutes: null,
  settings: { tokens: `budgets.${of.replace(" ", "_")}`, usd: null, minutes: null },
});
const use: DayUse = {
  total: { ...nothingSpent, tokens: 900 },
  byProvider: new Map([["fake", { ...nothingSpent, tokens: 500 }]]),
  byProfile: new Map([["tester", { ...nothingSpent, tokens: 400 }]]),
};
const fake = budget("agent fake", { kind: "provider", id: "fake" }, 500);
const tester = budget("profile tester", { kind: "profile", name: "tester" }, 300);

test("each budget of a day counts what its owner used, and the day's alone stops everything", () => {
  const standing = judgeDay([budget("all sessions", home, 1_000), fake, tester], use, noon);

  expect(standing.judged.map(({ spent, judgement }) => [spent.tokens, judgement.state])).toEqual([
    [900, "near"],
    [500, "over"],
    [400, "over"],
  ]);
  expect(spentDay(standing)).toBeUndefined();
  const day = judgeDay([budget("all sessions", home, 900), fake], use, noon);
  const spent = spentDay(day);
  expect(spent && whyPaused(spent, day)).toBe(
    "today all sessions used 900 of 900 tokens (budgets.all_sessions); " +
      "it goes on by itself after 2026-06-02T00:00:00.000Z, " +
      "or with a higher limit: agentpool config set budgets.all_sessions N",
  );
});

test("an agent is kept from work by the budget of its profile before that of its provider", () => {
  const standing = judgeDay([fake, tester], use, noon);
  const of = (providerId: string, profile: string | null) => {
    const spent = spentAgent(standing, { providerId, profile });
    return spent && usedUp(spent);
  };

  expect(of("fake", "tester")).toContain("300 tokens of profile tester");
  expect(of("fake", "planner")).toBe(
    "today's 500 tokens of agent fake are used up (budgets.agent_fake)",
  );
  expect(of("other", "planner")).toBeUndefined();
});

test("what is news of a budget is the same for the day and the limit, however much is used", () => {
  const key = (limit: number, tokens: number, now: number): string | undefined => {
    const total = { ...nothingSpent, tokens };
    const standing = judgeDay([budget("all sessions", home, limit)], { ...use, total }, now);
    const [one] = standing.judged;
    const body = one && budgetNews(one, standing);
    return body && newsKey(body);
  };

  expect(key(1_000, 799, noon)).toBeUndefined();
  expect(key(1_000, 800, noon)).toBe(key(1_000, 990, noon + 1_000));
  const others = [
    key(1_000, 1_000, noon),
    key(1_100, 900, noon),
    key(1_000, 800, noon + 86_400_000),
  ];
  expect(new Set([...others, key(1_000, 800, noon)]).size).toBe(4);
});

test("a held task says why once, and no more when nothing holds it", () => {
  const task = { id: "tk_1", runId: "rn_1", because: "was given back" };
  const hold = { because: "nothing is left", until: noon };

  const [write] = holdTasks([{ task, hold }], noon).writes;
  const because = "waits until 2026-06-01T12:00:00.000Z: nothing is left";
  expect(write).toMatchObject({ id: "tk_1", update: { because } });
  const held = { ...task, because };
  expect(isHeld(held)).toBe(true);
  expect(holdTasks([{ task: held, hold }], noon).writes).toEqual([]);
  const freed = holdTasks([{ task: held, hold: null }], noon);
  expect(freed.writes).toMatchObject([{ update: { because: null } }]);
  expect(freed.events).toMatchObject([
    { runId: "rn_1", body: { type: "task_waiting", until: null } },
  ]);
  // why it was given back is no hold, and stays
  expect(holdTasks([{ task, hold: null }], noon).writes).toEqual([]);
});
