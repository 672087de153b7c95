import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import {
  byAccount,
  isBinding,
  isRenewed,
  isStale,
  statusOfWindow,
  statusOfWindows,
  type AccountUsage,
} from "../../domain/usage-rules.ts";
import type { UsageSnapshot, UsageStatus } from "../../domain/usage.ts";
import type { RefreshedUsage, UsageBackend } from "./service.ts";
import type { Z } from "../define.ts";

export interface WindowJson {
  name: string;
  kind: string;
  status: UsageStatus;
  remaining_percent: number | null;
  used_percent: number | null;
  remaining_units: number | null;
  used_units: number | null;
  reset_at: string | null;
  confidence: string;
  source: string;
  checked_at: string;
}

export interface UsageJson {
  provider_id: string;
  account: string;
  plan: string | null;
  status: UsageStatus;
  confidence: string;
  checked_at: string | null;
  windows: WindowJson[];
  credits_remaining: number | null;
  reset_at: string | null;
  warnings: readonly string[];
  source: string | null;
  stale: boolean;
  age_seconds: number | null;
}

export interface UsageOutput {
  accounts: UsageJson[];
  /** Some were too slow to be asked. */
  partial: boolean;
  refreshed: boolean;
  /** `live` when it was just asked, `store` for what was told earlier. */
  source: "live" | "store";
  backend: UsageBackend;
  checked_at: string;
}

export function usageJson(z: Z) {
  const maybe = z.string().nullable();
  const share = z.number().nullable();
  return z.looseObject({
    accounts: z.array(
      z.looseObject({
        provider_id: z.string(),
        account: z.string(),
        status: z.string(),
        confidence: z.string(),
        checked_at: maybe,
        windows: z.array(
          z.looseObject({
            name: z.string(),
            kind: z.string(),
            status: z.string(),
            remaining_percent: share,
            reset_at: maybe,
          }),
        ),
        reset_at: maybe,
        stale: z.boolean(),
        age_seconds: share,
      }),
    ),
    partial: z.boolean(),
    source: z.enum(["live", "store"]),
    checked_at: z.string(),
  });
}

/** What is known of each account, whether it was just asked or told earlier. */
export function projectUsage(
  snapshots: readonly UsageSnapshot[],
  refreshed: readonly RefreshedUsage[],
  now: number,
): UsageJson[] {
  const known = byAccount(snapshots);
  const asked = refreshed.map((one) =>
    row(known.find(({ accountId }) => accountId === one.accountId) ?? one, one, now),
  );
  const askedIds = new Set(refreshed.map(({ accountId }) => accountId));
  const others = known.filter(({ accountId }) => !askedIds.has(accountId));
  return [...asked, ...others.map((one) => row(one, undefined, now))].toSorted((a, b) =>
    a.account < b.account ? -1 : 1,
  );
}

function row(
  usage: AccountUsage | Pick<AccountUsage, "accountId" | "providerId">,
  refreshed: RefreshedUsage | undefined,
  now: number,
): UsageJson {
  const known = "windows" in usage ? usage : undefined;
  const windows = known?.windows ?? [];
  const at = known?.newest.at ?? null;
  return {
    provider_id: usage.providerId,
    account: usage.accountId,
    plan: known?.plan ?? null,
    status: statusOf(known, refreshed, now),
    confidence: known?.newest.confidence ?? "unknown",
    checked_at: formatTimeOrNull(at),
    windows: windows.map((window) => ({
      name: window.name,
      kind: window.kind,
      status: statusOfWindow(window, now),
      remaining_percent: window.remainingPercent,
      used_percent: window.usedPercent,
      remaining_units: window.remainingUnits,
      used_units: window.usedUnits,
      reset_at: formatTimeOrNull(window.resetsAt),
      confidence: window.told.confidence,
      source: window.told.source,
      checked_at: formatTime(window.told.at),
    })),
    credits_remaining: creditsIn(windows),
    reset_at: formatTimeOrNull(resetOf(windows, now)),
    warnings: refreshed?.warnings ?? [],
    source: known?.newest.source ?? null,
    stale: at === null || isStale(at, now) || windows.some((window) => isRenewed(window, now)),
    age_seconds: at === null ? null : Math.max(0, Math.round((now - at) / 1_000)),
  };
}

/** Who could not be asked may still be known from a session a moment ago. */
function statusOf(
  known: AccountUsage | undefined,
  refreshed: RefreshedUsage | undefined,
  now: number,
): UsageStatus {
  const outcome = refreshed?.outcome;
  if (outcome === "unauthenticated" || outcome === "unavailable") return outcome;
  if (!known || (outcome === "unknown" && isStale(known.newest.at, now))) return "unknown";
  return statusOfWindows(known.windows, now);
}

/** Credits, or where there are none what may be spent besides the subscription. */
export function creditsIn(windows: AccountUsage["windows"]): number | null {
  const left = (kind: string): number | null =>
    windows.find((window) => window.kind === kind)?.remainingUnits ?? null;
  return left("credits") ?? left("on_demand");
}

/** When work can go on, where it stands still; else when the next quota begins anew. */
export function resetOf(windows: AccountUsage["windows"], now: number): number | null {
  const coming = windows.flatMap((window) =>
    isBinding(window) && window.resetsAt !== null && window.resetsAt > now
      ? [{ at: window.resetsAt, spent: statusOfWindow(window, now) === "limit_reached" }]
      : [],
  );
  const spent = coming.filter(({ spent: isSpent }) => isSpent).map(({ at }) => at);
  if (spent.length > 0) return Math.max(...spent);
  return coming.length === 0 ? null : Math.min(...coming.map(({ at }) => at));
}
