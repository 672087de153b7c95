import { describe, expect, test } from "vitest";
import { estimate, type PastTask, type PlannedWork } from "../../src/domain/estimate.ts";

const past = (over: Partial<PastTask> = {}): PastTask => ({
  providerId: "p",
  model: "m",
  role: null,
  durationMs: 1000,
  tokens: 100,
  usd: 0.1,
  ...over,
});
const work = (over: Partial<PlannedWork> = {}): PlannedWork => ({
  providerId: "p",
  model: "m",
  role: null,
  atLeast: 1,
  atMost: 1,
  step: 0,
  ...over,
});
const minutes = (...values: number[]) =>
  values.map((value) => past({ durationMs: value * 60_000 }));

describe("an estimate", () => {
  test("is the middle half of what comparable tasks took", () => {
    const history = minutes(1, 2, 3, 4, 5).map((task, n) => ({ ...task, tokens: (n + 1) * 10 }));
    expect(estimate([work()], history, 4)).toEqual({
      tasks: { low: 1, high: 1 },
      durationMs: { low: 120_000, high: 240_000 },
      tokens: { low: 20, high: 40 },
      usd: { low: 0.1, high: 0.1 },
      because: ["5 tasks of p with m"],
    });
  });

  test("shares places, and no place makes the longest task shorter", () => {
    const history = minutes(2, 2, 2);
    const many = [work({ atLeast: 6, atMost: 6 })];
    expect(estimate(many, history, 3).durationMs).toEqual({ low: 240_000, high: 240_000 });
    expect(estimate(many, history, 100).durationMs).toEqual({ low: 120_000, high: 120_000 });
    expect(estimate(many, history, 0).durationMs).toEqual({ low: 720_000, high: 720_000 });
  });

  test("adds steps that come one after the other", () => {
    const history = minutes(2, 2, 2);
    const steps = [work({ step: 0 }), work({ step: 1 }), work({ step: 2, atLeast: 0 })];
    expect(estimate(steps, history, 4)).toMatchObject({
      tasks: { low: 2, high: 3 },
      durationMs: { low: 240_000, high: 360_000 },
    });
  });

  test("takes the nearest past there is enough of, and says which", () => {
    const history = [
      ...[1, 2].map(() => past({ role: "reviewer", tokens: 1 })),
      ...[1, 2].map(() => past({ role: "worker", tokens: 500 })),
      past({ model: "other", tokens: 900 }),
    ];
    const asReviewer = estimate([work({ role: "reviewer" })], history, 1);
    expect(asReviewer.because).toEqual(["4 tasks of p with m, whatever the role"]);
    const withOther = estimate([work({ model: "other" })], history, 1);
    expect(withOther.because).toEqual(["5 tasks of p, whatever the model"]);
  });

  test("says nothing without a past, and no part for the whole", () => {
    const nothing = estimate([work(), work({ providerId: "q" })], minutes(1, 2, 3), 1);
    expect(nothing).toMatchObject({ durationMs: null, tokens: null, usd: null });
    expect(nothing.because).toContain(
      "fewer than 3 tasks of q were done here: nothing can be said",
    );
    const unpriced = minutes(1, 2, 3).map((task) => ({ ...task, usd: null }));
    expect(estimate([work()], unpriced, 1)).toMatchObject({ tokens: { low: 100 }, usd: null });
  });
});
