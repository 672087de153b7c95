import type { CapacityRules } from "../../domain/capacity.ts";

export const usageBackends = ["native", "codexbar", "ccusage", "combined"] as const;
export type UsageBackend = (typeof usageBackends)[number];

export interface RefreshedUsage {
  readonly accountId: string;
  readonly providerId: string;
  /** `nothing`: there is nobody to ask; only live sessions tell. */
  readonly outcome: "told" | "nothing" | "unauthenticated" | "unavailable" | "unknown";
  readonly warnings: readonly string[];
}

/** What the person decided about quotas. */
export interface UsageRules extends CapacityRules {
  /** A summary asks anew for what is older; null for never by itself. */
  readonly autoRefreshAfterMs: number | null;
}

export interface UsageService {
  /** @throws invalid_config */
  rules(): Promise<UsageRules>;
  /** The id of a provider by id, alias or preset. @throws provider_not_found */
  providerId(name: string): Promise<string>;
  /** Asks, within the time, and keeps what is told. */
  refresh(
    request: {
      readonly provider: string | null;
      readonly backend: UsageBackend;
      readonly costly: boolean;
      readonly timeoutMs: number;
      readonly env: Readonly<Record<string, string>>;
    },
    signal: AbortSignal,
  ): Promise<{ readonly refreshed: readonly RefreshedUsage[]; readonly partial: boolean }>;
}
