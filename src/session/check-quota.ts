import { AgentpoolError } from "../domain/errors.ts";
import { formatTime, formatTimeOrNull } from "../domain/time.ts";
import { byAccount, judgeQuota, type QuotaBlock } from "../domain/usage-rules.ts";
import type { SessionParts } from "./parts.ts";

/**
 * Refuses new work on an account that has less of its quota left than the policy asks for. Returns
 * what is to be said where that cannot be told.
 * @throws quota_low with the time the quota begins anew
 */
export async function checkQuota(
  { store, now }: Pick<SessionParts, "store" | "now">,
  {
    accountId,
    minRemainingPercent,
  }: {
    readonly accountId: string;
    readonly minRemainingPercent: number | null;
  },
): Promise<readonly string[]> {
  if (minRemainingPercent === null) return [];
  const [usage] = byAccount(await store.usage.latest(accountId));
  const { block, unsure } = judgeQuota(usage, minRemainingPercent, now());
  if (block) throw tooLittle(accountId, minRemainingPercent, block);
  if (unsure === null) return [];
  const what =
    unsure === "never"
      ? "nothing is known of its usage yet"
      : `what is known of its usage is from ${formatTime(usage?.newest.at ?? 0)}, or over`;
  return [
    `min_remaining_percent could not be held for ${accountId}: ${what} (agentpool usage --refresh)`,
  ];
}

function tooLittle(accountId: string, least: number, { window, at }: QuotaBlock): AgentpoolError {
  const left = window.remainingPercent ?? 0;
  const until =
    window.resetsAt === null ? "" : `; it begins anew at ${formatTime(window.resetsAt)}`;
  return new AgentpoolError("quota_low", `${left} % is left of the ${window.name} quota`, {
    why: `policy.min_remaining_percent asks for ${least} % on ${accountId}. Told at ${formatTime(at)}${until}.`,
    hint: "Wait, use another account or provider, or ask anew: agentpool usage --refresh",
    details: {
      account: accountId,
      window: window.name,
      remaining_percent: left,
      min_remaining_percent: least,
      checked_at: formatTime(at),
      reset_at: formatTimeOrNull(window.resetsAt),
    },
  });
}
