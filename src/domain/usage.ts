/** What is left of an account's quota, and who says so. */

export const windowKinds = [
  "5h",
  "daily",
  "weekly",
  "monthly",
  "session",
  "model",
  "credits",
  "on_demand",
  "unknown",
] as const;
export type WindowKind = (typeof windowKinds)[number];

/** Best first: the vendor's own answer, the CLI's, a file of it, what a session met, anything else. */
export const usageConfidences = [
  "official",
  "local_cli",
  "local_config",
  "provider_warning",
  "observed",
  "unknown",
] as const;
export type UsageConfidence = (typeof usageConfidences)[number];

/** One bound of a quota. Percent are of the whole, 0 to 100; what was not told is null. */
export interface UsageWindow {
  /** Unique within the account: `5h`, `weekly`, `weekly (Opus)`. */
  readonly name: string;
  readonly kind: WindowKind;
  readonly usedPercent: number | null;
  readonly remainingPercent: number | null;
  /** In the unit the vendor counts in: requests, credits, dollars. */
  readonly usedUnits: number | null;
  readonly remainingUnits: number | null;
  /** Epoch ms. */
  readonly resetsAt: number | null;
}

/** What one source said about the quota of an account at one moment; never changed afterwards. */
export interface UsageSnapshot {
  readonly id: string;
  readonly accountId: string;
  readonly providerId: string;
  /** When it was told, epoch ms. */
  readonly at: number;
  /** `session` for what a live session heard, else the id of the probe. */
  readonly source: string;
  readonly confidence: UsageConfidence;
  /** The name of the subscription, where it was told. */
  readonly plan: string | null;
  readonly windows: readonly UsageWindow[];
}

export const usageStatuses = [
  "available",
  "near_limit",
  "limit_reached",
  "unauthenticated",
  "unavailable",
  "unknown",
] as const;
/** `unavailable`: the agent CLI is not installed. */
export type UsageStatus = (typeof usageStatuses)[number];
