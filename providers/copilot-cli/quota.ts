import type { Claim, UsageWindow } from "../../src/provider/definition.ts";
import { fieldsOf, numberOf, textOf, type Fields } from "./fields.ts";

/** What counts for the CLI; completions are those of an editor. */
const counted: Readonly<Record<string, string>> = {
  premium_interactions: "premium requests",
  premium_models: "premium requests",
  chat: "chat",
};

/** The quota beside the tokens of a model call, where GitHub's own service was asked. */
export function readSnapshots(usage: Fields): readonly Claim[] {
  const windows = Object.entries(fieldsOf(usage["quotaSnapshots"])).flatMap(([key, value]) => {
    const fields = fieldsOf(value);
    const remaining = numberOf(fields, "remainingPercentage");
    const name = counted[key];
    if (name === undefined || remaining === null) return [];
    const isUnlimited = fields["isUnlimitedEntitlement"] === true;
    const whole = numberOf(fields, "entitlementRequests") ?? 0;
    const used = numberOf(fields, "usedRequests");
    return [
      monthly(name, {
        remainingPercent: isUnlimited ? 100 : remaining,
        usedUnits: isUnlimited ? null : used,
        remainingUnits:
          isUnlimited || used === null || whole <= 0 ? null : Math.max(0, whole - used),
        resetsAt: timeOf(textOf(fields, "resetDate")),
      }),
    ];
  });
  return windows.length === 0 ? [] : [{ kind: "quota", windows, plan: null }];
}

/** GitHub's description of a Copilot user; older and free plans count in other fields. */
export function readUser(user: Fields): { windows: UsageWindow[]; plan: string | null } {
  const resetsAt =
    timeOf(textOf(user, "quota_reset_date_utc")) ??
    timeOf(textOf(user, "quota_reset_date")) ??
    timeOf(textOf(user, "limited_user_reset_date"));
  const snapshots = Object.entries(fieldsOf(user["quota_snapshots"])).flatMap(([key, value]) => {
    const fields = fieldsOf(value);
    const name = counted[key];
    const percent = fields["unlimited"] === true ? 100 : numberOf(fields, "percent_remaining");
    const whole = numberOf(fields, "entitlement");
    const left = numberOf(fields, "remaining") ?? numberOf(fields, "quota_remaining");
    const share = percent ?? (left === null || !whole ? null : (left / whole) * 100);
    if (name === undefined || share === null) return [];
    const isCounted = fields["unlimited"] !== true && left !== null;
    return [
      monthly(name, {
        remainingPercent: share,
        usedUnits: isCounted && whole !== null ? Math.max(0, whole - left) : null,
        remainingUnits: isCounted ? left : null,
        resetsAt,
      }),
    ];
  });
  const windows = snapshots.length > 0 ? snapshots : readLimited(user, resetsAt);
  return { windows, plan: textOf(user, "copilot_plan") };
}

function readLimited(user: Fields, resetsAt: number | null): UsageWindow[] {
  const left = fieldsOf(user["limited_user_quotas"]);
  return Object.entries(fieldsOf(user["monthly_quotas"])).flatMap(([key, whole]) => {
    const remaining = numberOf(left, key);
    const name = counted[key];
    if (name === undefined || remaining === null || typeof whole !== "number" || whole <= 0)
      return [];
    return [
      monthly(name, {
        remainingPercent: (remaining / whole) * 100,
        usedUnits: Math.max(0, whole - remaining),
        remainingUnits: remaining,
        resetsAt,
      }),
    ];
  });
}

type Told = Pick<UsageWindow, "remainingPercent" | "usedUnits" | "remainingUnits" | "resetsAt">;

function monthly(name: string, told: Told): UsageWindow {
  return { name, kind: "monthly", usedPercent: null, ...told };
}

/** A day alone is its beginning in UTC. */
function timeOf(text: string | null): number | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
