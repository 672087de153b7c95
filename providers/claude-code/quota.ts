import type { Claim, UsageWindow, WindowKind } from "../../src/provider/definition.ts";
import { fieldsOf, numberOf, textOf, type Fields } from "./fields.ts";

/** What the status line is told: `rate_limits.five_hour {used_percentage, resets_at}` and others. */
export function readRateLimits(fields: Fields): readonly Claim[] {
  const windows = Object.entries(fieldsOf(fields["rate_limits"])).flatMap(([key, value]) => {
    const usedPercent = numberOf(fieldsOf(value), "used_percentage");
    if (usedPercent === null) return [];
    return [windowOf(key, usedPercent, numberOf(fieldsOf(value), "resets_at"))];
  });
  return windows.length === 0 ? [] : [{ kind: "quota", windows, plan: null }];
}

/** What stands beside a refusal: the window that is spent. */
export function readSpent(quotaLimits: Fields): readonly Claim[] {
  const key = textOf(quotaLimits, "rateLimitType");
  if (key === null || textOf(quotaLimits, "status") !== "rejected") return [];
  const windows = [windowOf(key, 100, numberOf(quotaLimits, "resetsAt"))];
  return [{ kind: "quota", windows, plan: null }];
}

function windowOf(key: string, usedPercent: number, resetsAtS: number | null): UsageWindow {
  return {
    ...named(key),
    usedPercent,
    remainingPercent: null,
    usedUnits: null,
    remainingUnits: null,
    resetsAt: resetsAtS === null ? null : resetsAtS * 1_000,
  };
}

/** `five_hour`, `seven_day`, and of one model `seven_day_opus`. */
function named(key: string): { readonly name: string; readonly kind: WindowKind } {
  if (key === "five_hour") return { name: "5h", kind: "5h" };
  if (key === "seven_day") return { name: "weekly", kind: "weekly" };
  const model = /^seven_day_(\w+)$/.exec(key)?.[1];
  if (model === undefined) return { name: key, kind: key === "overage" ? "on_demand" : "unknown" };
  return { name: `weekly (${model[0]?.toUpperCase()}${model.slice(1)})`, kind: "model" };
}
