import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/domain/event.ts";
import type { SessionSpan } from "../../../src/domain/statistics/facts.ts";
import { parallelism } from "../../../src/domain/statistics/parallelism.ts";
import { quotaRanges, utilization } from "../../../src/domain/statistics/quota.ts";
import { countWalls } from "../../../src/domain/statistics/walls.ts";
import type { UsageSnapshot } from "../../../src/domain/usage.ts";
import { makeSnapshot, makeWindow } from "../../support/records.ts";

const hour = 3_600_000;
const t = Date.parse("2026-11-20T00:00:00Z");

describe("side by side", () => {
  const of = (...intervals: [number, number | null][]): Parameters<typeof parallelism>[0] => ({
    startedAt: intervals.map(([start]) => start),
    endedAt: intervals.map(([, end]) => end),
  });

  test("is what ran to the time in which anything ran", () => {
    const two = of([t, t + 2 * hour], [t + hour, t + 3 * hour], [t + 10 * hour, t + 11 * hour]);
    expect(parallelism(two, { from: t, to: t + 24 * hour })).toEqual({
      wallMs: 4 * hour,
      sumMs: 5 * hour,
      ratio: 1.25,
      peak: 2,
      peakAt: t + hour,
    });
  });

  test("something that began years ago and runs on adds no more than the window", () => {
    const old = of([0, null], [t, t + hour]);
    const { ratio, sumMs, peak } = parallelism(old, { from: t, to: t + hour });
    expect({ ratio, sumMs, peak }).toEqual({ ratio: 2, sumMs: 2 * hour, peak: 2 });
  });

  test("one that ends where another begins never ran beside it", () => {
    const row = of([t, t + hour], [t + hour, t + 2 * hour]);
    expect(parallelism(row, { from: 0, to: t + 9 * hour }).peak).toBe(1);
    expect(parallelism(of(), { from: 0, to: t }).ratio).toBeNull();
  });
});

function told(accountId: string, at: number, left: number, resetsAt: number | null): UsageSnapshot {
  return makeSnapshot({
    id: `${accountId}-${at}`,
    accountId,
    providerId: accountId,
    at,
    windows: [
      makeWindow({
        name: "5h",
        kind: "5h",
        remainingPercent: left,
        usedPercent: 100 - left,
        resetsAt,
      }),
    ],
  });
}

function begun(id: string, accountId: string, createdAt: number): SessionSpan {
  return {
    id,
    providerId: accountId,
    accountId,
    role: "explorer",
    state: "completed",
    createdAt,
    endedAt: createdAt + hour,
    turnCount: 1,
    timedOutAt: null,
  };
}

describe("walls", () => {
  const none = { turns: { limitedSessions: new Set<string>() }, limits: [] };

  test("hit, near and avoided are each reached", () => {
    const walls = countWalls({
      ...none,
      turns: { limitedSessions: new Set(["s-refused"]) },
      snapshots: [
        told("a", t, 0, t + 3 * hour),
        told("b", t + 1, 10, null),
        told("c", t + 2, 90, null),
      ],
      sessions: [
        begun("s-spent", "a", t + 60_000),
        begun("s-near", "b", t + 60_000),
        begun("s-avoids", "c", t + 60_000),
        begun("s-refused", "c", t + 120_000),
      ],
    });

    expect(walls).toMatchObject({ hit: 2, near: 1, avoided: 1, confidence: "high" });
    expect(walls.byReason).toEqual({ refused: 1, limit_reached: 1 });
    expect(walls.byProvider.get("b")).toEqual({ hit: 0, near: 1, avoided: 0 });
  });

  test("a spent quota stands against nobody after it began anew, nor after it was told otherwise", () => {
    const snapshots = [
      told("a", t, 0, t + hour),
      told("b", t, 0, t + 9 * hour),
      told("b", t + 1_000, 60, null),
    ];
    const walls = countWalls({
      ...none,
      snapshots,
      sessions: [begun("s1", "a", t + hour + 1), begun("s2", "b", t + 2_000)],
    });
    expect(walls).toMatchObject({ hit: 0, near: 0 });
  });

  test("only sessions on accounts that tell anything decide how sure it is", () => {
    const snapshots = [told("a", t, 50, null)];
    const many = Array.from({ length: 9 }, (_, n) => begun(`f${n}`, "silent", t + n));
    const sure = countWalls({ ...none, snapshots, sessions: [...many, begun("s1", "a", t + 10)] });
    expect(sure.confidence).toBe("high");
    const late = countWalls({ ...none, snapshots, sessions: [begun("s1", "a", t + 90 * 60_000)] });
    expect(late.confidence).toBe("low");
    expect(countWalls({ ...none, snapshots: [], sessions: many }).confidence).toBe("unknown");
  });

  test("an account that met its limit is a wall for others until it is lifted", () => {
    const event = (at: number, body: Event["body"]): Event => ({
      seq: at,
      sessionId: null,
      at,
      body,
    });
    const limits = [
      event(t, {
        type: "account_limited",
        account_id: "a",
        resets_at: null,
        until: new Date(t + 5 * hour).toISOString(),
        because: "refused",
      }),
      event(t + hour, { type: "account_lifted", account_id: "a", because: "a turn went through" }),
    ];
    const sessions = [begun("s1", "b", t + 1), begun("s2", "b", t + 2 * hour)];
    expect(countWalls({ ...none, snapshots: [], limits, sessions })).toMatchObject({ avoided: 1 });
  });
});

describe("quota", () => {
  test("tells the least and the most that was left, and nothing of a quota that began anew", () => {
    const snapshots = [told("a", t, 80, t + hour), told("a", t + 1, 20, t + hour)];
    const [newest] = snapshots.toReversed();
    const usage = newest && {
      accountId: "a",
      providerId: "a",
      plan: null,
      newest,
      windows: newest.windows.map((window) => ({ ...window, told: newest })),
    };
    const range = { min: 20, max: 80, samples: 2 };
    expect(quotaRanges(snapshots, usage, t + 2).get("5h")).toEqual({ ...range, current: 20 });
    expect(quotaRanges(snapshots, usage, t + hour).get("5h")).toEqual({ ...range, current: null });
  });

  test("utilization is the most used of each period, averaged", () => {
    const periods = [
      told("a", t, 90, t + hour),
      told("a", t + 1, 40, t + hour + 1_000),
      told("a", t + 2 * hour, 80, t + 6 * hour),
    ];
    expect(utilization([periods])).toEqual({ percent: 40, periods: 2 });
    expect(utilization([[told("b", t, 5, null)]])).toBeNull();
  });
});
