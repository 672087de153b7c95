import { isBinding, isRenewed, type AccountUsage } from "../usage-rules.ts";
import type { UsageSnapshot, UsageWindow, WindowKind } from "../usage.ts";

export interface QuotaRange {
  /** What is left now; null where that is not known any more. */
  readonly current: number | null;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
}

/** The windows of one account that stop work, by name. */
export type QuotaRanges = ReadonlyMap<string, QuotaRange>;

/** How much was left of each window of an account, in percent, over what was told. */
export function quotaRanges(
  snapshots: readonly UsageSnapshot[],
  usage: AccountUsage | undefined,
  now: number,
): QuotaRanges {
  const ranges = new Map<string, QuotaRange>();
  for (const { windows } of snapshots) {
    for (const window of windows) {
      const left = window.remainingPercent;
      if (left === null || !isBinding(window)) continue;
      const known = ranges.get(window.name);
      ranges.set(window.name, {
        current: known ? known.current : currentOf(usage, window.name, now),
        min: Math.min(known?.min ?? left, left),
        max: Math.max(known?.max ?? left, left),
        samples: (known?.samples ?? 0) + 1,
      });
    }
  }
  return ranges;
}

function currentOf(usage: AccountUsage | undefined, name: string, now: number): number | null {
  const window = usage?.windows.find((one) => one.name === name);
  return window && !isRenewed(window, now) ? window.remainingPercent : null;
}

/** Longest first: what a subscription grants is its longest window. */
const byLength: readonly WindowKind[] = ["monthly", "weekly", "daily", "5h", "session"];

/** Ends of one period differ by less than this as they are told. */
const samePeriodMs = 10 * 60_000;

/**
 * The share of a subscription that was used, in percent: of the longest window of each account, the
 * most that was seen used before it began anew, averaged over its periods. What was used after the
 * last look is not in it, so that it is never too much.
 */
export function utilization(
  snapshotsByAccount: readonly (readonly UsageSnapshot[])[],
): { readonly percent: number; readonly periods: number } | null {
  const peaks = snapshotsByAccount.flatMap((snapshots) => {
    const windows = snapshots.flatMap((one) => one.windows.filter(isPeriodic));
    const kind = byLength.find((one) => windows.some((window) => window.kind === one));
    const peak = new Map<string, number>();
    for (const window of windows.filter((one) => one.kind === kind)) {
      const period = `${window.name} ${Math.round((window.resetsAt ?? 0) / samePeriodMs)}`;
      peak.set(period, Math.max(peak.get(period) ?? 0, window.usedPercent ?? 0));
    }
    return [...peak.values()];
  });
  if (peaks.length === 0) return null;
  const percent = peaks.reduce((sum, one) => sum + one, 0) / peaks.length;
  return { percent, periods: peaks.length };
}

function isPeriodic(window: UsageWindow): boolean {
  return isBinding(window) && window.resetsAt !== null && window.usedPercent !== null;
}
