import type { Write } from "../domain/decision.ts";
import type { Observation } from "../domain/observation.ts";
import type { Session } from "../domain/session.ts";
import { isWorthKeeping } from "../domain/usage-rules.ts";
import { cleanWindows, shortText } from "../domain/usage-windows.ts";
import type { UsageSnapshot } from "../domain/usage.ts";
import { newId } from "../platform/new-id.ts";
import type { Store } from "../store/store.ts";

/**
 * What a session heard of its account's quota, as snapshots to be kept with the rest of the
 * decision: the last word of each channel, where it says something new or was last heard some
 * minutes ago.
 */
export async function quotaWrites(
  store: Pick<Store, "usage">,
  session: Pick<Session, "accountId" | "providerId">,
  { observations, now }: { readonly observations: readonly Observation[]; readonly now: number },
): Promise<readonly Write[]> {
  const { accountId, providerId } = session;
  // one that an earlier version began
  if (accountId === null) return [];
  const heard = new Map<string, UsageSnapshot>();
  for (const { claim, foreign, source, at } of observations) {
    if (claim.kind !== "quota" || foreign) continue;
    const windows = cleanWindows(claim.windows, now);
    if (windows.length === 0) continue;
    const channel = `session-${source}`;
    heard.set(channel, {
      id: newId("usage", now),
      accountId,
      providerId,
      at: Math.min(at, now),
      source: channel,
      confidence: "local_cli",
      plan: shortText(claim.plan),
      windows,
    });
  }
  if (heard.size === 0) return [];
  const known = await store.usage.latest(accountId);
  return [...heard.values()]
    .filter((next) =>
      isWorthKeeping(
        next,
        known.find(({ source }) => source === next.source),
      ),
    )
    .map((insert) => ({ noun: "usage", insert }));
}
