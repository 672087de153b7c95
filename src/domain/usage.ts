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
