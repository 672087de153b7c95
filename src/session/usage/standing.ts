import { sinceLift } from "../../domain/usage-rules.ts";
import type { UsageSnapshot } from "../../domain/usage.ts";
import type { Store } from "../../store/store.ts";

/** What was told of quotas and still stands for or against new work, of all accounts or of one. */
export async function standingUsage(
  store: Pick<Store, "usage" | "statistics">,
  now: number,
  accountId?: string,
): Promise<readonly UsageSnapshot[]> {
  const snapshots = await store.usage.latest(accountId);
  if (snapshots.length === 0) return snapshots;
  const from = Math.min(...snapshots.map(({ at }) => at));
  return sinceLift(snapshots, await store.statistics.limits({ from, to: now + 1 }));
}
