import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  byAccount,
  isWorthKeeping,
  blockingStatuses,
  judgeQuota,
  statusOfWindow,
  statusOfWindows,
} from "../../src/domain/usage-rules.ts";
import { cleanWindows, shortText } from "../../src/domain/usage-windows.ts";
import type { UsageWindow } from "../../src/domain/usage.ts";
import { makeSnapshot, makeWindow } from "../support/records.ts";

const now = 1_800_000_000_000;
const [minute, hour] = [60_000, 3_600_000];

describe("windows from outside", () => {
  test("get the share that was not told, and a hundred where more was told", () => {
    const window = makeWindow({ usedPercent: 71, remainingPercent: null, resetsAt: now + hour });
    const over = makeWindow({ name: "weekly", usedPercent: 104, remainingPercent: null });

    expect(cleanWindows([window, over], now)).toEqual([
      { ...window, remainingPercent: 29 },
      { ...over, usedPercent: 100, remainingPercent: 0 },
    ]);
  });

  test("lose what is no share, no time, no name or told twice", () => {
    const odd = [
      makeWindow({ name: "a", usedPercent: -1, remainingPercent: Number.NaN }),
      makeWindow({ name: " \u001b[31m " }),
      makeWindow({ name: "b", resetsAt: 12 }),
      makeWindow({ name: "b", usedPercent: 3 }),
      makeWindow({ name: "c", kind: "yearly" as never, resetsAt: now + 9e12 }),
    ];

    expect(cleanWindows(odd, now)).toEqual([
      makeWindow({ name: "b" }),
      makeWindow({ name: "c", kind: "unknown" }),
    ]);
  });

  test("may be anything at all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.jsonValue(), usedPercent: fc.jsonValue() })),
        (any) => {
          for (const window of cleanWindows(any as unknown as UsageWindow[], now)) {
            expect(window.usedPercent).toBeGreaterThanOrEqual(0);
            expect(window.usedPercent).toBeLessThanOrEqual(100);
            expect(shortText(window.name)).toBe(window.name);
          }
        },
      ),
    );
  });
});

describe("a status", () => {
  test.each([
    [0, "limit_reached"],
    [0.4, "near_limit"],
    [15, "near_limit"],
    [15.1, "available"],
    [100, "available"],
    [null, "unknown"],
  ] as const)("with %s percent left is %s", (remainingPercent, status) => {
    expect(statusOfWindow(makeWindow({ remainingPercent }), now)).toBe(status);
  });

  test("of a window that began anew since is unknown", () => {
    const window = makeWindow({ remainingPercent: 0, resetsAt: now - 1 });
    expect(statusOfWindow(window, now)).toBe("unknown");
    expect(statusOfWindow({ ...window, resetsAt: now + 1 }, now)).toBe("limit_reached");
  });

  test("is that of the window which stops work first; credits and single models do not", () => {
    const left = (kind: UsageWindow["kind"], remainingPercent: number): UsageWindow =>
      makeWindow({ name: kind, kind, remainingPercent });
    const spent = [left("credits", 0), left("model", 0), left("on_demand", 0)];

    expect(statusOfWindows([left("5h", 80), ...spent], now)).toBe("available");
    expect(statusOfWindows([left("5h", 80), left("weekly", 9)], now)).toBe("near_limit");
    expect(statusOfWindows([left("5h", 0), left("weekly", 9)], now)).toBe("limit_reached");
    expect(statusOfWindows(spent, now)).toBe("limit_reached");
    expect(statusOfWindows([], now)).toBe("unknown");
  });
});

test("an account shows each window as it was told last, and forgets what was told a day before", () => {
  const weekly = makeWindow({ name: "weekly", kind: "weekly" });
  const told = [
    makeSnapshot({ id: "us_1", source: "probe", at: now - hour, windows: [makeWindow(), weekly] }),
    makeSnapshot({ id: "us_2", at: now, windows: [makeWindow({ remainingPercent: 12 })] }),
    makeSnapshot({
      id: "us_3",
      source: "old",
      at: now - 25 * hour,
      windows: [makeWindow({ name: "x" })],
    }),
    makeSnapshot({ id: "us_4", accountId: "other", at: now - 2 * hour }),
  ];

  const [account, other] = byAccount(told);

  expect(account?.newest.id).toBe("us_2");
  expect(
    account?.windows.map(({ name, remainingPercent, told: by }) => [name, remainingPercent, by.id]),
  ).toEqual([
    ["5h", 12, "us_2"],
    ["weekly", 55, "us_1"],
  ]);
  expect(other?.accountId).toBe("other");
});

test("the same said again is kept once in some minutes, and news at once", () => {
  const last = makeSnapshot({ at: now });
  const later = (fields: object, after = minute) => makeSnapshot({ at: now + after, ...fields });

  expect(isWorthKeeping(last, undefined)).toBe(true);
  expect(isWorthKeeping(later({}), last)).toBe(false);
  expect(isWorthKeeping(later({}, 5 * minute), last)).toBe(true);
  expect(isWorthKeeping(later({ plan: "pro" }), last)).toBe(true);
  expect(isWorthKeeping(later({ windows: [makeWindow({ usedPercent: 46 })] }), last)).toBe(true);
  // an old line of a log that is read again
  expect(isWorthKeeping(makeSnapshot({ at: now - 1, plan: "pro" }), last)).toBe(false);
});

describe("a minimum", () => {
  const judge = (window: Partial<UsageWindow>, at = now) => {
    const windows = [makeWindow({ remainingPercent: 5, ...window })];
    return judgeQuota(byAccount([makeSnapshot({ at, windows })])[0], 10, now);
  };

  test("holds until the quota begins anew, however long ago it was told", () => {
    const resetsAt = now + hour;
    expect(judge({ resetsAt }, now - 4 * hour)).toMatchObject({
      block: { window: { resetsAt }, at: now - 4 * hour },
    });
    expect(judge({ resetsAt: now - 1 })).toEqual({ block: null, unsure: "stale" });
  });

  test("holds without a reset time while that is fresh, and says so afterwards", () => {
    expect(judge({}).block).not.toBeNull();
    expect(judge({}, now - 31 * minute)).toEqual({ block: null, unsure: "stale" });
  });

  test("is no matter of credits, of what is above it, or of what nobody told", () => {
    expect(judge({ kind: "credits" }).block).toBeNull();
    expect(judge({ remainingPercent: 10 })).toEqual({ block: null, unsure: null });
    expect(judgeQuota(undefined, 10, now)).toEqual({ block: null, unsure: "never" });
  });

  test("counts nothing left as nothing, and not as untold", () => {
    expect(judge({ remainingPercent: 0, resetsAt: now + hour }).block).not.toBeNull();
    const spent = { remainingPercent: null, usedPercent: null, remainingUnits: 0 };
    expect(judge({ ...spent, resetsAt: now + hour }).block).not.toBeNull();
  });
});

describe("what keeps new work off", () => {
  const statuses = (windows: readonly Partial<UsageWindow>[], at = now) =>
    blockingStatuses(
      byAccount([makeSnapshot({ at, windows: windows.map((one) => makeWindow(one)) })])[0],
      now,
    ).map(({ status }) => status);
  const spent = { remainingPercent: 0, resetsAt: now + hour };

  test("is a window that is spent or nearly so, until it begins anew", () => {
    expect(statuses([spent])).toEqual(["limit_reached"]);
    expect(statuses([{ ...spent, remainingPercent: 10 }])).toEqual(["near_limit"]);
    expect(statuses([{ ...spent, resetsAt: now - 1 }])).toEqual([]);
    expect(statuses([{ ...spent, resetsAt: null }], now - hour)).toEqual([]);
    expect(statuses([{ ...spent, remainingPercent: 50 }])).toEqual([]);
  });

  test("is paid overage where a spent window could be gone beyond", () => {
    const credits = {
      name: "credits",
      kind: "credits",
      remainingPercent: 80,
      resetsAt: null,
    } as const;
    expect(statuses([spent, credits])).toEqual(["overage_possible", "limit_reached"]);
    expect(statuses([credits])).toEqual([]);
    expect(statuses([spent, { ...credits, remainingPercent: 0 }])).toEqual(["limit_reached"]);
  });
});
