import { priceOf, type Price } from "../../domain/price.ts";
import type { TokenSum } from "../../domain/statistics/facts.ts";
import { round } from "./round.ts";
import type { CostJson, TokensJson } from "./shape.ts";

export interface Billing {
  readonly prices: readonly Price[];
  /** Accounts that a subscription pays for. */
  readonly subscriptions: ReadonlySet<string>;
}

/** Adds sums up. They must tell model and account, since the price of tokens depends on both. */
export function addTokens(sums: readonly TokenSum[], billing: Billing): TokensJson {
  const total = { input: 0, output: 0, cached: 0, cache_written: 0 };
  for (const one of sums) {
    total.input += one.input;
    total.output += one.output;
    total.cached += one.cached;
    total.cache_written += one.cacheWritten;
  }
  return { ...total, cost: costOf(sums, billing) };
}

function costOf(sums: readonly TokenSum[], { prices, subscriptions }: Billing): CostJson {
  let [spent, listed, unpriced] = [0, 0, 0];
  let [isBilled, isListed] = [false, false];
  const reasons = new Set<CostJson["reasons"][number]>();
  for (const one of sums) {
    const isPaidFor = one.accountId !== null && subscriptions.has(one.accountId);
    if (isPaidFor) reasons.add("subscription");
    const price = priceOf(one, one.model, prices);
    if (price.usd === null) {
      unpriced += one.input + one.output;
      reasons.add(price.reason);
      continue;
    }
    isListed = true;
    listed += price.usd;
    if (isPaidFor) continue;
    isBilled = true;
    spent += price.usd;
  }
  return {
    usd: isBilled ? round(spent, 4) : null,
    estimate: true,
    list_price_usd: isListed ? round(listed, 4) : null,
    unpriced_tokens: unpriced,
    reasons: [...reasons],
  };
}
