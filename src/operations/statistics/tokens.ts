import { priceList } from "../../domain/price-list.ts";
import type { StatisticsFilter, TokenSum } from "../../domain/statistics/facts.ts";
import { formatTime } from "../../domain/time.ts";
import { isBinding } from "../../domain/usage-rules.ts";
import { readPrices } from "../../platform/price-file.ts";
import type { Store } from "../../store/store.ts";
import type { App } from "../app.ts";
import { addTokens, type Billing } from "./cost.ts";
import type { TokensJson, TokenSection } from "./shape.ts";

const dayMs = 86_400_000;

/** Tokens and costs of a span, and what they lack. `worked` are providers that had turns in it. */
export async function tokenSection(
  { store, home }: Pick<App, "store" | "home">,
  filter: StatisticsFilter,
  worked: ReadonlySet<string>,
): Promise<{ readonly section: TokenSection; readonly notes: readonly string[] }> {
  const counted = await store.statistics.tokens(filter, ["provider", "account", "model", "day"]);
  const sums = counted ?? [];
  const { billing, file } = await billingOf(store, home.prices);
  const told = new Set(sums.map(({ providerId }) => providerId));
  const silent = [...worked].filter((id) => !told.has(id)).toSorted();
  const section: TokenSection = {
    totals: addTokens(sums, billing),
    by_provider: grouped(sums, billing, ({ providerId }) => providerId ?? "unknown"),
    by_model: grouped(sums, billing, ({ model }) => model ?? "unknown"),
    by_day: Object.entries(grouped(sums, billing, dayOf))
      .map(([day, tokens]) => ({ day, ...tokens }))
      .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    providers_without_token_data: silent,
    prices: {
      checked: priceList.map(({ checked }) => checked).toSorted()[0] ?? "",
      source: "list prices of the vendors, as of that day",
      file,
    },
  };
  return { section, notes: notesOf(section, counted === undefined) };
}

/** What prices and subscriptions there are. @throws invalid_config for the person's own list */
export async function billingOf(
  store: Pick<Store, "usage">,
  pricesFile: string,
): Promise<{ readonly billing: Billing; readonly file: string | null }> {
  const own = readPrices(pricesFile);
  const latest = await store.usage.latest();
  const subscriptions = new Set(
    latest
      .filter(({ windows }) =>
        windows.some(
          (window) => isBinding(window) && window.kind !== "unknown" && window.usedPercent !== null,
        ),
      )
      .map(({ accountId }) => accountId),
  );
  return {
    billing: { prices: [...(own ?? []), ...priceList], subscriptions },
    file: own === undefined ? null : pricesFile,
  };
}

export function dayOf({ day }: TokenSum): string {
  return day === null ? "unknown" : formatTime(day * dayMs).slice(0, 10);
}

export function grouped(
  sums: readonly TokenSum[],
  billing: Billing,
  by: (sum: TokenSum) => string,
): Record<string, TokensJson> {
  const groups = new Map<string, TokenSum[]>();
  for (const one of sums) {
    const key = by(one);
    const known = groups.get(key);
    if (known) known.push(one);
    else groups.set(key, [one]);
  }
  return Object.fromEntries([...groups].map(([key, all]) => [key, addTokens(all, billing)]));
}

function notesOf(section: TokenSection, isOlder: boolean): readonly string[] {
  const { providers_without_token_data: silent, totals } = section;
  return [
    ...(isOlder
      ? ["tokens: an older version wrote this store; they are counted once a newer one writes it"]
      : []),
    ...(silent.length > 0 ? [`tokens: ${silent.join(", ")} worked and told of no tokens`] : []),
    ...(totals.cost.unpriced_tokens > 0
      ? [`costs: ${totals.cost.unpriced_tokens} tokens have no price here`]
      : []),
  ];
}
