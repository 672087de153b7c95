import { AgentpoolError } from "../domain/errors.ts";
import { formatTime, formatTimeOrNull } from "../domain/time.ts";
import { blockingStatuses, byAccount, judgeQuota, type QuotaBlock } from "../domain/usage-rules.ts";
import type { Config } from "../platform/config/config.ts";
import type { SessionParts } from "./parts.ts";
import { standingUsage } from "./usage/standing.ts";

/**
 * Refuses new work on an account whose usage the configuration refuses. Returns what is to be said
 * where that cannot be told.
 * @throws quota_low with the time the quota begins anew; usage_policy_blocked
 */
export async function checkQuota(
  { store, now }: Pick<SessionParts, "store" | "now">,
  {
    accountId,
    providerId,
    config,
  }: {
    readonly accountId: string;
    readonly providerId: string;
    readonly config: Config;
  },
): Promise<readonly string[]> {
  const minRemainingPercent = config.get("policy.min_remaining_percent");
  const refused: readonly string[] = config.get("policy.block_on_usage_statuses");
  if (minRemainingPercent === null && refused.length === 0) return [];
  const [usage] = byAccount(await standingUsage(store, now(), accountId));
  const afterMs = config.get("policy.usage_stale_after_seconds") * 1_000;
  const met = blockingStatuses(usage, now(), afterMs).find(({ status }) =>
    refused.includes(status),
  );
  if (met) throw blocked(accountId, providerId, met);
  if (minRemainingPercent === null) return [];
  const { block, unsure } = judgeQuota(usage, minRemainingPercent, now(), afterMs);
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

function blocked(
  account: string,
  providerId: string,
  { status, told }: ReturnType<typeof blockingStatuses>[number],
): AgentpoolError {
  const at = formatTime(told.at);
  return new AgentpoolError("usage_policy_blocked", `The usage of ${account} is ${status}`, {
    why: `${told.source} said so at ${at}, and policy.block_on_usage_statuses refuses it.`,
    hint: "agentpool usage --refresh",
    details: {
      provider_id: providerId,
      account,
      status,
      policy: "block_on_usage_statuses",
      source: told.source,
      checked_at: at,
    },
  });
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
