import { judgeCapacity, type Capacity } from "../../domain/capacity.ts";
import { formatTimeOrNull } from "../../domain/time.ts";
import { byAccount, isRenewed, type AccountUsage } from "../../domain/usage-rules.ts";
import type { UsageStatus } from "../../domain/usage.ts";
import { accountOf } from "../../provider/account.ts";
import type { ProviderFacts } from "../../provider/inventory.ts";
import { standingUsage } from "../../session/usage/standing.ts";
import type { RefreshedUsage, UsageBackend, UsageRules } from "./service.ts";
import type { OperationContext } from "../define.ts";
import { formatAge } from "../table.ts";
import { isOfBackend } from "./backend.ts";
import { creditsIn, resetOf } from "./rows.ts";

export interface CapacityRow {
  provider_id: string;
  account: string;
  status: UsageStatus;
  confidence: string;
  installed: boolean;
  auth_status: Capacity["authStatus"];
  usable: boolean;
  unusable_reason: string | null;
  stale: boolean;
  age_seconds: number | null;
  checked_at: string | null;
  windows: {
    name: string;
    kind: string;
    remaining_percent: number | null;
    used_percent: number | null;
    remaining_units: number | null;
    reset_at: string | null;
    confidence: string;
  }[];
  credits_remaining: number | null;
  reset_at: string | null;
  /** When it can be used again, as far as that is known; null for a usable one. */
  available_at: string | null;
  warnings: readonly string[];
  source: string | null;
  /** The same in one line. */
  summary: string;
}

export interface CapacityQuestion {
  readonly providerId: string | undefined;
  readonly backend: UsageBackend;
  readonly rules: UsageRules;
  /** What was just asked. */
  readonly refreshed: readonly RefreshedUsage[];
}

/** A row for each provider known here, for the account that a session of the asker would use. */
export async function capacityRows(
  { app, env }: Pick<OperationContext, "app" | "env">,
  { providerId, backend, rules, refreshed }: CapacityQuestion,
): Promise<CapacityRow[]> {
  const now = app.now();
  const snapshots = await standingUsage(app.store, now);
  const known = byAccount(snapshots.filter(({ source }) => isOfBackend(source, backend)));
  const { providers } = await app.providers.inventory(env);
  const rows = providers
    .filter(({ id }) => providerId === undefined || id === providerId)
    .map(async (provider): Promise<CapacityRow> => {
      const accountId = accountOf(
        { id: provider.id, ...(provider.account ? { account: provider.account } : {}) },
        env,
      );
      const asked = refreshed.find((one) => one.accountId === accountId);
      const usage = known.find((one) => one.accountId === accountId);
      const account = await app.store.accounts.get(accountId);
      const outcome = asked?.outcome;
      const capacity = judgeCapacity(
        {
          installed: provider.installed,
          usage,
          account,
          ...(outcome === "unauthenticated" ? { asked: outcome } : {}),
        },
        rules,
        now,
      );
      return project(
        provider,
        { accountId, usage, capacity, warnings: asked?.warnings ?? [] },
        now,
      );
    });
  return Promise.all(rows);
}

interface Found {
  readonly accountId: string;
  readonly usage: AccountUsage | undefined;
  readonly capacity: Capacity;
  readonly warnings: readonly string[];
}

function project(
  { id, installed }: Pick<ProviderFacts, "id" | "installed">,
  { accountId, usage, capacity, warnings }: Found,
  now: number,
): CapacityRow {
  const windows = (usage?.windows ?? []).filter((window) => !isRenewed(window, now));
  const at = usage?.newest.at ?? null;
  const row = {
    provider_id: id,
    account: accountId,
    status: capacity.status,
    confidence: usage?.newest.confidence ?? "unknown",
    installed,
    auth_status: capacity.authStatus,
    usable: capacity.usable,
    unusable_reason: capacity.unusableReason,
    stale: capacity.stale,
    age_seconds: at === null ? null : Math.max(0, Math.round((now - at) / 1_000)),
    checked_at: formatTimeOrNull(at),
    windows: windows.map((window) => ({
      name: window.name,
      kind: window.kind,
      remaining_percent: window.remainingPercent,
      used_percent: window.usedPercent,
      remaining_units: window.remainingUnits,
      reset_at: formatTimeOrNull(window.resetsAt),
      confidence: window.told.confidence,
    })),
    credits_remaining: creditsIn(windows),
    reset_at: formatTimeOrNull(resetOf(windows, now)),
    available_at: formatTimeOrNull(capacity.availableAt),
    warnings,
    source: usage?.newest.source ?? null,
  };
  return { ...row, summary: summaryOf(row, now) };
}

function summaryOf(row: Omit<CapacityRow, "summary">, now: number): string {
  const left = row.windows
    .filter(({ remaining_percent: percent }) => percent !== null)
    .map(({ name, remaining_percent: percent }) => `${name} ${Math.round(percent ?? 0)} % left`);
  const verdict = row.usable ? "usable" : `not usable: ${row.unusable_reason}`;
  const from =
    row.available_at === null ? [] : [`again in ${formatAge(Date.parse(row.available_at) - now)}`];
  const old =
    row.stale && row.checked_at !== null
      ? [`told ${formatAge(now - Date.parse(row.checked_at))} ago`]
      : [];
  return [verdict, ...left, ...from, ...old].join(", ");
}

/** The earliest that one of those that cannot be used can be again. */
export function nextAvailable(rows: readonly CapacityRow[], now: number): CapacityRow | undefined {
  return rows
    .filter(({ usable, available_at: at }) => !usable && at !== null && Date.parse(at) > now)
    .toSorted((a, b) => Date.parse(a.available_at ?? "") - Date.parse(b.available_at ?? ""))[0];
}
