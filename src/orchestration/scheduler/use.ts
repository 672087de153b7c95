import { priceOf, type Price } from "../../domain/price.ts";
import { priceList } from "../../domain/price-list.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import type { Run } from "../../domain/run.ts";
import type { RunUse } from "../../domain/run-rules.ts";
import { isEndState } from "../../domain/session.ts";
import { readPrices } from "../../platform/price-file.ts";
import type { Store } from "../../store/store.ts";

/** Everything a run's sessions used since it began, or began anew. */
export async function useOf(
  store: Pick<Store, "statistics">,
  run: Run,
  { now, pricesFile }: { readonly now: number; readonly pricesFile: string },
): Promise<RunUse> {
  const from = run.startedAt ?? run.createdAt;
  const author = formatPrincipal({ kind: "run", runId: run.id });
  const filter = { from, to: now + 1, author };
  const sessions = await store.statistics.sessions(filter);
  const sums = (await store.statistics.tokens(filter, ["model"])) ?? [];
  const prices: readonly Price[] =
    run.limits.usd === null ? [] : [...(readPrices(pricesFile) ?? []), ...priceList];
  const costs = sums
    .map((sum) => priceOf(sum, sum.model, prices).usd)
    .filter((usd) => usd !== null);
  return {
    tokens: sums.reduce((sum, one) => sum + one.input + one.output, 0),
    usd: costs.length === 0 ? null : costs.reduce((a, b) => a + b, 0),
    sessionMs: sessions.reduce(
      (sum, one) => sum + Math.max(0, (one.endedAt ?? now) - Math.max(one.createdAt, from)),
      0,
    ),
    live: sessions.filter(({ state }) => !isEndState(state)).length,
  };
}
