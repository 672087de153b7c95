import type { CapacityRules } from "../../domain/capacity.ts";
import type { Config } from "../../platform/config/config.ts";

/** What the settings say about quotas. */
export function usageRules(
  config: Pick<Config, "get">,
): CapacityRules & { readonly autoRefreshAfterMs: number | null } {
  const auto = config.get("policy.usage_auto_refresh_after_seconds");
  return {
    minRemainingPercent: config.get("policy.min_remaining_percent"),
    staleAfterMs: config.get("policy.usage_stale_after_seconds") * 1_000,
    blockedStatuses: config.get("policy.block_on_usage_statuses"),
    autoRefreshAfterMs: auto === null ? null : auto * 1_000,
  };
}
