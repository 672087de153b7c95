import type { Event } from "./event.ts";
import type { UsageSnapshot, UsageStatus, UsageWindow } from "./usage.ts";

/** So much left, in percent, is worth a word. */
const nearPercent = 15;
/** Whatever was said longer ago may have changed a lot, in ms. */
export const staleAfterMs = 30 * 60_000;
/** What another source said longer before the newest one is not shown beside it, in ms. */
const besideMs = 24 * 3_600_000;
/** The same said again is kept once in so long, in ms. */
const sameAgainAfterMs = 5 * 60_000;

/** Whether the quota of this window begins anew before `now`: what it said is then worth nothing. */
export function isRenewed(window: UsageWindow, now: number): boolean {
  return window.resetsAt !== null && window.resetsAt <= now;
}

/**
 * Whether work stops when this window is spent. Money and credits come on top of a subscription,
 * and the share of one model leaves the others.
 */
export function isBinding({ kind }: UsageWindow): boolean {
  return kind !== "credits" && kind !== "on_demand" && kind !== "model";
}

export function statusOfWindow(window: UsageWindow, now: number): UsageStatus {
  if (isRenewed(window, now)) return "unknown";
  const left = window.remainingPercent;
  if (left !== null)
    return left <= 0 ? "limit_reached" : left <= nearPercent ? "near_limit" : "available";
  if (window.remainingUnits === null) return "unknown";
  return window.remainingUnits <= 0 ? "limit_reached" : "available";
}

/** What the windows say together: the one that stops work first decides. */
export function statusOfWindows(windows: readonly UsageWindow[], now: number): UsageStatus {
  const binding = windows.filter(isBinding);
  const deciding = binding.length > 0 ? binding : windows;
  const statuses = new Set(deciding.map((window) => statusOfWindow(window, now)));
  const order = ["limit_reached", "near_limit", "available"] as const;
  return order.find((status) => statuses.has(status)) ?? "unknown";
}

export interface AccountUsage {
  readonly accountId: string;
  readonly providerId: string;
  /** The newest of its snapshots: who spoke last, and when. */
  readonly newest: UsageSnapshot;
  readonly plan: string | null;
  /** Each window as it was told last, by whichever source. */
  readonly windows: readonly (UsageWindow & { readonly told: UsageSnapshot })[];
}

/** Puts the latest snapshots of all sources together, account by account; newest account first. */
export function byAccount(snapshots: readonly UsageSnapshot[]): AccountUsage[] {
  const accounts = new Map<string, UsageSnapshot[]>();
  for (const snapshot of snapshots.toSorted((a, b) => b.at - a.at)) {
    accounts.set(snapshot.accountId, [...(accounts.get(snapshot.accountId) ?? []), snapshot]);
  }
  return [...accounts.values()].flatMap((told) => {
    const [newest] = told;
    if (!newest) return [];
    const windows = new Map<string, AccountUsage["windows"][number]>();
    for (const snapshot of told.filter(({ at }) => newest.at - at <= besideMs)) {
      for (const window of snapshot.windows) {
        if (!windows.has(window.name)) windows.set(window.name, { ...window, told: snapshot });
      }
    }
    return [
      {
        accountId: newest.accountId,
        providerId: newest.providerId,
        newest,
        plan: told.find(({ plan }) => plan !== null)?.plan ?? null,
        windows: [...windows.values()],
      },
    ];
  });
}

export function isStale(at: number, now: number, afterMs = staleAfterMs): boolean {
  return now - at > afterMs;
}

/** What may keep new work off an account; `overage_possible`: spent, and more can be paid for. */
export type BlockingStatus = "limit_reached" | "overage_possible" | "near_limit";

/**
 * What the newest words about an account amount to, with the snapshot that says so. A window that
 * began anew since says nothing, and one without an end counts while it is fresh.
 */
export function blockingStatuses(
  usage: AccountUsage | undefined,
  now: number,
  afterMs = staleAfterMs,
): { readonly status: BlockingStatus; readonly told: UsageSnapshot }[] {
  const windows = (usage?.windows ?? []).filter(
    (window) =>
      !isRenewed(window, now) &&
      (window.resetsAt !== null || !isStale(window.told.at, now, afterMs)),
  );
  const binding = windows.filter(isBinding);
  const spent = binding.find((window) => statusOfWindow(window, now) === "limit_reached");
  const near = binding.find((window) => statusOfWindow(window, now) === "near_limit");
  const paid = windows.find(
    (window) =>
      (window.kind === "credits" || window.kind === "on_demand") &&
      statusOfWindow(window, now) !== "limit_reached",
  );
  return [
    ...(spent && paid ? [{ status: "overage_possible" as const, told: paid.told }] : []),
    ...(spent ? [{ status: "limit_reached" as const, told: spent.told }] : []),
    ...(near ? [{ status: "near_limit" as const, told: near.told }] : []),
  ];
}

/** Whether a snapshot says something new, or was last heard some minutes ago. */
export function isWorthKeeping(
  next: Pick<UsageSnapshot, "at" | "plan" | "windows">,
  last: Pick<UsageSnapshot, "at" | "plan" | "windows"> | undefined,
): boolean {
  if (!last) return true;
  if (next.at < last.at) return false;
  if (next.at - last.at >= sameAgainAfterMs || next.plan !== last.plan) return true;
  return JSON.stringify(next.windows) !== JSON.stringify(last.windows);
}

export interface QuotaBlock {
  readonly window: UsageWindow;
  /** When it was told, epoch ms. */
  readonly at: number;
}

export interface QuotaJudgement {
  /** The window that forbids new work, the one that lasts longest; null for none. */
  readonly block: QuotaBlock | null;
  /** Nothing can be said: `never` told, or too long ago. */
  readonly unsure: "never" | "stale" | null;
}

/**
 * Whether an account has too little left for new work. A window that ended since says nothing; one
 * with an end holds until then, for what is left only falls; one without an end counts while it is
 * fresh.
 */
export function judgeQuota(
  usage: AccountUsage | undefined,
  minRemainingPercent: number,
  now: number,
  afterMs = staleAfterMs,
): QuotaJudgement {
  const known = (usage?.windows ?? []).filter(
    (window) =>
      isBinding(window) && statusOfWindow(window, now) !== "unknown" && leftOf(window) !== null,
  );
  const low = known.filter((window) => (leftOf(window) ?? 100) < minRemainingPercent);
  const holding = low
    .filter((window) => window.resetsAt !== null || !isStale(window.told.at, now, afterMs))
    .toSorted((a, b) => (b.resetsAt ?? 0) - (a.resetsAt ?? 0));
  const [worst] = holding;
  if (worst) return { block: { window: worst, at: worst.told.at }, unsure: null };
  if (!usage || known.length === 0) return { block: null, unsure: usage ? "stale" : "never" };
  return { block: null, unsure: isStale(usage.newest.at, now, afterMs) ? "stale" : null };
}

/** Percent left; what is counted in units alone is spent or not. */
function leftOf({ remainingPercent, remainingUnits }: UsageWindow): number | null {
  if (remainingPercent !== null) return remainingPercent;
  return remainingUnits !== null && remainingUnits <= 0 ? 0 : null;
}

/**
 * Without what was told before the account's limit was over: somebody lifted it, or a model answered,
 * and what is left since is not known from then.
 * @param lifts `account_lifted` events of the account, in any order
 */
export function sinceLift(
  snapshots: readonly UsageSnapshot[],
  lifts: readonly Pick<Event, "at" | "body">[],
): UsageSnapshot[] {
  return snapshots.filter(
    ({ accountId, at }) =>
      !lifts.some(
        (lift) =>
          lift.body.type === "account_lifted" &&
          lift.body.account_id === accountId &&
          lift.at >= at,
      ),
  );
}
