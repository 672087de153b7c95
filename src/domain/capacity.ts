import { accountState, type Account } from "./account.ts";
import {
  blockingStatuses,
  isBinding,
  isStale,
  statusOfWindow,
  statusOfWindows,
  type AccountUsage,
} from "./usage-rules.ts";
import type { UsageConfidence, UsageStatus } from "./usage.ts";

/** What is known of one provider, for the account that a session would use. */
export interface CapacityFacts {
  readonly installed: boolean;
  readonly usage: AccountUsage | undefined;
  /** Undefined for one that never stood still. */
  readonly account: Account | undefined;
  /** It was just asked, and wanted a sign-in or could not be asked. */
  readonly asked?: "unauthenticated" | "unavailable";
}

/** What the person decided about quotas. */
export interface CapacityRules {
  /** New work wants so much left, in percent; null for never mind. */
  readonly minRemainingPercent: number | null;
  readonly staleAfterMs: number;
  /** New work is refused with these. */
  readonly blockedStatuses: readonly string[];
}

export interface Capacity {
  readonly status: UsageStatus;
  readonly authStatus: "authenticated" | "unauthenticated" | "unavailable" | "unknown";
  readonly usable: boolean;
  /** Null for a usable one. */
  readonly unusableReason: string | null;
  readonly stale: boolean;
  /** When what stands against it begins anew, epoch ms; null where nothing does, or nobody knows. */
  readonly availableAt: number | null;
}

/** Words of others are no ground to start work on. */
const weak: readonly UsageConfidence[] = ["observed", "provider_warning", "unknown"];

/** Whether new work can be begun there, and when it can where it cannot. */
export function judgeCapacity(facts: CapacityFacts, rules: CapacityRules, now: number): Capacity {
  const { usage, account } = facts;
  const stale = !usage || isStale(usage.newest.at, now, rules.staleAfterMs);
  const status = statusOf(facts, now);
  const authStatus = authOf(facts, stale);
  const low = lowWindows(usage, rules, now);
  const blocking = blockingStatuses(usage, now, rules.staleAfterMs)
    .map((one) => one.status)
    .find((one) => rules.blockedStatuses.includes(one));
  const unusableReason = whyNot(facts, rules, { status, authStatus, low, blocking });
  const limitedUntil = account?.limit && isLimited(account, now) ? account.limit.until : null;
  const resets = low.map(({ resetsAt }) => resetsAt).filter((at) => at !== null);
  const ends = [...(limitedUntil === null ? [] : [limitedUntil]), ...resets];
  return {
    status,
    authStatus,
    usable: unusableReason === null,
    unusableReason,
    stale,
    availableAt: unusableReason === null || ends.length === 0 ? null : Math.max(...ends),
  };
}

interface Judged {
  readonly status: UsageStatus;
  readonly authStatus: Capacity["authStatus"];
  readonly low: AccountUsage["windows"];
  /** What the settings refuse new work for. */
  readonly blocking: string | undefined;
}

/** The first that stands against it, in the order in which it would have to be put right. */
function whyNot(
  { installed, usage }: CapacityFacts,
  { minRemainingPercent, blockedStatuses }: CapacityRules,
  { status, authStatus, low, blocking }: Judged,
): string | null {
  if (!installed) return "not_installed";
  if (authStatus === "unauthenticated" || authStatus === "unavailable") return `auth_${authStatus}`;
  if (["limit_reached", "unavailable", "unauthenticated", ...blockedStatuses].includes(status)) {
    return status;
  }
  if (blocking !== undefined) return blocking;
  if (status === "unknown" || !usage) return "usage_unknown";
  if (weak.includes(usage.newest.confidence)) return `confidence_${usage.newest.confidence}`;
  const [lowest] = low;
  return lowest ? `${wordOf(lowest.name)}_below_${minRemainingPercent ?? 0}_percent` : null;
}

function statusOf({ installed, usage, account, asked }: CapacityFacts, now: number): UsageStatus {
  if (!installed) return "unavailable";
  if (asked !== undefined) return asked;
  if (account && isLimited(account, now)) return "limit_reached";
  return usage ? statusOfWindows(usage.windows, now) : "unknown";
}

/** Who was told its quota a moment ago is signed in; of others nobody knows. */
function authOf(
  { asked, usage }: CapacityFacts,
  stale: boolean,
): "authenticated" | "unauthenticated" | "unavailable" | "unknown" {
  if (asked !== undefined) return asked;
  return usage && !stale && !weak.includes(usage.newest.confidence) ? "authenticated" : "unknown";
}

/** Windows that stop work and have less left than is wanted, the emptiest first. */
function lowWindows(
  usage: AccountUsage | undefined,
  { minRemainingPercent }: CapacityRules,
  now: number,
): AccountUsage["windows"] {
  const least = minRemainingPercent ?? 0;
  return (usage?.windows ?? [])
    .filter((window) => isBinding(window) && statusOfWindow(window, now) !== "unknown")
    .map((window) => ({ window, left: window.remainingPercent ?? (spent(window) ? 0 : 100) }))
    .filter(({ left }) => left <= 0 || left < least)
    .toSorted((a, b) => a.left - b.left)
    .map(({ window }) => window);
}

function spent({ remainingUnits }: { readonly remainingUnits: number | null }): boolean {
  return remainingUnits !== null && remainingUnits <= 0;
}

function isLimited(account: Account, now: number): boolean {
  return accountState(account, now) === "limited";
}

/** `weekly (Opus)` as `weekly_opus`. */
function wordOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}
