import { expect, test } from "vitest";
import {
  judgeCapacity,
  type CapacityFacts,
  type CapacityRules,
} from "../../src/domain/capacity.ts";
import { byAccount } from "../../src/domain/usage-rules.ts";
import type { UsageSnapshot } from "../../src/domain/usage.ts";
import { makeSnapshot, makeWindow } from "../support/records.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const hour = 3_600_000;
const rules: CapacityRules = {
  minRemainingPercent: 10,
  staleAfterMs: 30 * 60_000,
  blockedStatuses: ["limit_reached"],
};

function told(fields: Partial<UsageSnapshot>): CapacityFacts {
  const snapshot = makeSnapshot({ at: now - 60_000, confidence: "official", ...fields });
  return { installed: true, usage: byAccount([snapshot])[0], account: undefined };
}

function left(remainingPercent: number, more: object = {}): CapacityFacts {
  const usedPercent = 100 - remainingPercent;
  return told({ windows: [makeWindow({ remainingPercent, usedPercent, ...more })] });
}

test("a quota of which 0.0 % is left is spent, not unknown", () => {
  const resetsAt = now + hour;
  expect(judgeCapacity(left(0, { resetsAt }), rules, now)).toMatchObject({
    status: "limit_reached",
    usable: false,
    unusableReason: "limit_reached",
    availableAt: resetsAt,
  });
});

test("what was told before a quota began anew stands against nobody", () => {
  const { unusableReason, status } = judgeCapacity(left(0, { resetsAt: now - 1 }), rules, now);
  expect({ unusableReason, status }).toEqual({
    unusableReason: "usage_unknown",
    status: "unknown",
  });
});

test("the reasons come in their order", () => {
  const reason = (facts: CapacityFacts, some: Partial<CapacityRules> = {}): string | null =>
    judgeCapacity(facts, { ...rules, ...some }, now).unusableReason;

  expect(reason({ ...left(0), installed: false })).toBe("not_installed");
  expect(reason({ ...left(0), asked: "unauthenticated" })).toBe("auth_unauthenticated");
  expect(reason(left(0))).toBe("limit_reached");
  expect(reason({ ...left(50), usage: undefined })).toBe("usage_unknown");
  expect(reason(told({ confidence: "observed" }))).toBe("confidence_observed");
  expect(reason(left(9, { name: "weekly (Opus)", kind: "weekly" }))).toBe(
    "weekly_opus_below_10_percent",
  );
  expect(reason(left(12))).toBeNull();
  expect(reason(left(12), { blockedStatuses: ["near_limit"] })).toBe("near_limit");
  expect(reason(left(1), { minRemainingPercent: null })).toBeNull();
});

test("an account that met its limit is spent until then, whatever was told of it", () => {
  const until = now + 2 * hour;
  const limit = {
    resetsAt: until,
    until,
    since: now,
    sessionId: "ap_1",
    source: "log" as const,
    because: "",
  };
  const account = { id: "a", providerId: "p", limit };
  expect(judgeCapacity({ ...left(80), account }, rules, now)).toMatchObject({
    status: "limit_reached",
    availableAt: until,
  });
  expect(judgeCapacity({ ...left(80), account }, rules, until).usable).toBe(true);
});

test("who was told its quota a while ago may be signed out since", () => {
  expect(judgeCapacity(left(50), rules, now)).toMatchObject({
    authStatus: "authenticated",
    stale: false,
  });
  expect(judgeCapacity(left(50), rules, now + hour)).toMatchObject({
    authStatus: "unknown",
    stale: true,
  });
});
