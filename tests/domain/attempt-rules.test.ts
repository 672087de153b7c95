import { expect, test } from "vitest";
import { judgeAttempt, wasTimeout, type AttemptFacts } from "../../src/domain/attempt-rules.ts";
import { attemptKey, isScheduled, parseAttemptKey } from "../../src/domain/attempt-key.ts";
import { whyStop } from "../../src/domain/run-rules.ts";
import { makeRun, makeTask, makeTurn } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

const unbounded = { timeoutAt: null, patienceMs: null };

function facts(over: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    task: makeTask({ state: "claimed", attempt: 1 }),
    session: makeSession({ state: "idle" }),
    turns: [makeTurn({ state: "completed", result: "done", endedAt: 5 })],
    deliveriesOpen: false,
    promptsOpen: false,
    reminded: false,
    ...over,
  };
}

test("a turn that is completed is the result, whatever became of its process", () => {
  const completed = { kind: "completed", result: "done" };

  expect(judgeAttempt(facts(), unbounded, 10)).toEqual(completed);
  expect(judgeAttempt(facts({ session: makeSession({ state: "failed" }) }), unbounded, 10)).toEqual(
    completed,
  );
});

test("one that is lost is told apart from one that failed", () => {
  const ended = (state: "lost" | "failed") =>
    judgeAttempt(facts({ session: makeSession({ state }), turns: [] }), unbounded, 10);

  expect(ended("lost")).toMatchObject({ kind: "failed", mayRetry: true, isLost: true });
  expect(ended("failed")).not.toHaveProperty("isLost");
});

test("why a session ended is told once, and what its turn failed of beside it", () => {
  const because = (stateBecause: string, error: string) => {
    const session = makeSession({ state: "lost", stateBecause });
    const turns = [makeTurn({ state: "failed", error, endedAt: 5 })];
    return judgeAttempt(facts({ session, turns }), unbounded, 10);
  };
  const told = (text: string) => expect.objectContaining({ because: text });

  expect(because("the tmux server is gone", "the tmux server is gone")).toEqual(
    told("its session ended lost: the tmux server is gone"),
  );
  expect(because("the agent exited with code 1", "the agent's process ended")).toEqual(
    told("its session ended lost: the agent exited with code 1"),
  );
  expect(because("the agent exited with code 1", "the API refused")).toEqual(
    told("its session ended lost: the agent exited with code 1: the API refused"),
  );
});

test("nothing is done while it asks, or a text is on its way to it", () => {
  const going = { kind: "going", until: null };

  expect(judgeAttempt(facts({ promptsOpen: true }), unbounded, 10)).toEqual(going);
  expect(judgeAttempt(facts({ deliveriesOpen: true }), unbounded, 10)).toEqual(going);
});

test("a limit is waited for, and time alone ends a wait", () => {
  const limited = facts({
    session: makeSession({ state: "limited" }),
    turns: [makeTurn({ state: "limited", endedAt: 5 })],
  });

  expect(judgeAttempt(limited, { timeoutAt: 100, patienceMs: 10 }, 50)).toEqual({
    kind: "going",
    until: 100,
  });
  expect(judgeAttempt(limited, { timeoutAt: 100, patienceMs: 10 }, 100)).toMatchObject({
    kind: "failed",
    mayRetry: true,
  });
});

test("who is not answered in time fails", () => {
  const asking = facts({
    session: makeSession({ state: "awaiting_input", stateAt: 20 }),
    turns: [makeTurn({ state: "running" })],
    promptsOpen: true,
  });

  expect(judgeAttempt(asking, { timeoutAt: null, patienceMs: 10 }, 25)).toEqual({
    kind: "going",
    until: 30,
  });
  expect(judgeAttempt(asking, { timeoutAt: null, patienceMs: 10 }, 30)).toMatchObject({
    kind: "failed",
  });
});

test("the key of an attempt names its claim, and no other claim is taken for the scheduler's", () => {
  const key = attemptKey({ id: "tk_1", attempt: 2 }, 7);

  expect(parseAttemptKey(key)).toEqual({ taskId: "tk_1", attempt: 2, token: 7 });
  expect(parseAttemptKey("task:other")).toBeUndefined();
  const claim = {
    holder: "run:rn_1",
    sessionId: null,
    token: 7,
    claimedAt: 0,
    ttlMs: 1,
    expiresAt: 1,
    requestKey: key,
  };
  expect(isScheduled("tk_1", claim)).toBe(true);
  expect(isScheduled("tk_1", { ...claim, token: 8 })).toBe(false);
  expect(isScheduled("tk_2", claim)).toBe(false);
});

test("a run stops for the first of its budgets that is spent, and knows when time will spend one", () => {
  const limits = { concurrency: 2, timeoutMs: 1_000, tokens: 50, usd: 1, minutes: 1 };
  const run = makeRun({ startedAt: 0, limits });
  const use = { tokens: 0, usd: null, sessionMs: 0, live: 0 };

  expect(whyStop(run, use, 10)).toEqual({ because: null, nextAt: 1_000 });
  expect(whyStop(run, { ...use, sessionMs: 59_900, live: 2 }, 10)).toEqual({
    because: null,
    nextAt: 60,
  });
  expect(whyStop(run, { ...use, tokens: 50 }, 10).because).toContain("50 tokens");
  expect(whyStop(run, { ...use, usd: 1.5 }, 10).because).toContain("$1");
  expect(whyStop(run, { ...use, sessionMs: 60_000 }, 10).because).toContain("minutes");
  expect(whyStop(run, use, 1_000).because).toContain("time");
});

test("the error of an attempt whose time was over is known as one", () => {
  const claim = {
    holder: "run:rn_1",
    token: 1,
    expiresAt: 0,
    sessionId: null,
    claimedAt: 0,
    ttlMs: 1,
  };
  const task = makeTask({ state: "claimed", attempt: 1, claim });
  const working = facts({ task, turns: [makeTurn({ state: "running" })] });
  const verdict = judgeAttempt(working, { timeoutAt: 60_000, patienceMs: null }, 60_000);

  expect(verdict).toMatchObject({ kind: "failed", because: "it took longer than 60 s" });
  expect(verdict.kind === "failed" && wasTimeout(verdict.because)).toBe(true);
  expect(wasTimeout("its turn failed: it took longer than it may")).toBe(false);
  expect(wasTimeout(null)).toBe(false);
});
