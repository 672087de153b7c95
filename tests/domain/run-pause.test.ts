import { expect, test } from "vitest";
import { judgeDay, nothingSpent, type DayBudget } from "../../src/domain/day-budgets.ts";
import { isNothing, type Decision } from "../../src/domain/decision.ts";
import type { Event } from "../../src/domain/event.ts";
import type { RunState } from "../../src/domain/run.ts";
import { goOn, pauseOf, pauseRun, whyGoesOn } from "../../src/domain/run-pause.ts";
import { makeRun } from "../support/records.ts";

const noon = Date.UTC(2026, 5, 1, 12);
const dayMs = 86_400_000;

function change(seq: number, from: RunState, to: RunState, by: string): Event {
  const body = { type: "run_state_changed", run_id: "rn_1", from, to, because: null, by } as const;
  return { seq, sessionId: null, runId: "rn_1", at: noon + seq, body };
}

const bodies = ({ events }: Decision) => events.map(({ body }) => body);

test("a pause is whose it was made last, and nobody's once the run went on or its events are gone", () => {
  const budget = change(1, "running", "paused", "policy:budget");
  const person = change(2, "paused", "paused", "human:local");
  const on = change(3, "paused", "running", "human:local");

  expect(pauseOf([budget])).toEqual({ by: "policy:budget", at: noon + 1 });
  expect(pauseOf([budget, person])).toEqual({ by: "human:local", at: noon + 2 });
  expect(pauseOf([budget, person, on])).toBeUndefined();
  expect(pauseOf([])).toBeUndefined();
});

test("who pauses what is paused takes the pause over, and the same once more changes nothing", () => {
  const run = makeRun({ state: "paused", because: "today it is used up" });
  const by = "human:local";
  const taken = pauseRun(run, { because: "human:local paused it", by }, noon);

  expect(bodies(taken)).toEqual([
    expect.objectContaining({ from: "paused", to: "paused", by, because: "human:local paused it" }),
  ]);
  const paused = { ...run, because: "human:local paused it" };
  expect(isNothing(pauseRun(paused, { because: "human:local paused it", by }, noon))).toBe(true);
});

test("what a budget paused goes on once nothing of the day's is used up, whatever the reason", () => {
  const limit = (tokens: number, kind: "home" | "provider"): DayBudget => ({
    of: "all sessions",
    owner: kind === "home" ? { kind } : { kind, id: "fake" },
    tokens,
    usd: null,
    minutes: null,
    settings: { tokens: "budgets.day_tokens", usd: null, minutes: null },
  });
  const why = (budgets: readonly DayBudget[], now = noon): string | null => {
    const spent = { ...nothingSpent, tokens: now === noon ? 900 : 0 };
    const use = { total: spent, byProvider: new Map([["fake", spent]]), byProfile: new Map() };
    return whyGoesOn({ at: noon - 1 }, judgeDay(budgets, use, now));
  };

  expect(why([limit(900, "home")])).toBeNull();
  expect(why([limit(901, "home")])).toContain("was raised");
  expect(why([])).toContain("is not limited any more");
  expect(why([limit(900, "home")], noon + dayMs)).toContain("is over");
  // that of an agent holds its tasks, and no run
  expect(why([limit(1, "provider")])).not.toBeNull();
});

test("why it goes on is told by the event and does not stay at the run", () => {
  const run = makeRun({ state: "paused", because: "today it is used up" });

  const decision = goOn(run, { why: "there is more", by: "policy:budget" }, noon);

  expect(bodies(decision)).toEqual([
    expect.objectContaining({ from: "paused", to: "running", because: "there is more" }),
  ]);
  expect(decision.writes).toEqual([
    {
      noun: "run",
      id: run.id,
      update: expect.objectContaining({ state: "running", because: null }),
    },
  ]);
});
