import type { TokenCount } from "./tokens.ts";

/** What a seller asks for tokens of one model, in US dollars for a million. */
export interface Price {
  /** As logs name it, without the seller; dots and dashes are the same. */
  readonly model: string;
  /** Who sells it so; a log may name that before the model, with a slash. */
  readonly seller: string;
  readonly input: number;
  readonly output: number;
  /** Input read from a cache; null where it is not known. */
  readonly cached: number | null;
  /** Input written into a cache; null where it is not known, or not asked for. */
  readonly cacheWritten: number | null;
  /** Where it was read, and on which day. */
  readonly source: string;
  readonly checked: string;
}

export type NoPrice = "unknown_model" | "unknown_price";

/** What tokens of a model cost by a list of prices; the first price of a list that fits counts. */
export function priceOf(
  tokens: TokenCount,
  model: string | null,
  prices: readonly Price[],
): { readonly usd: number } | { readonly usd: null; readonly reason: NoPrice } {
  if (model === null) return { usd: null, reason: "unknown_model" };
  const wanted = nameOf(model);
  const price = prices.find(
    (one) =>
      nameOf(one.model).model === wanted.model &&
      (wanted.seller === null || wanted.seller === one.seller.toLowerCase()),
  );
  if (!price) return { usd: null, reason: "unknown_price" };
  const written = tokens.cacheWritten ?? 0;
  const cachedPrice = tokens.cached === 0 ? 0 : price.cached;
  const writtenPrice = written === 0 ? 0 : (price.cacheWritten ?? price.input);
  if (cachedPrice === null) return { usd: null, reason: "unknown_price" };
  const fresh = Math.max(0, tokens.input - tokens.cached - written);
  const dollars =
    fresh * price.input +
    tokens.cached * cachedPrice +
    written * writtenPrice +
    tokens.output * price.output;
  return { usd: dollars / 1_000_000 };
}

/** `anthropic/claude-sonnet-4.6`, `claude-sonnet-4-6-20260217` and `claude-sonnet-4-6[1m]` are one. */
function nameOf(text: string): { readonly seller: string | null; readonly model: string } {
  const lower = text.trim().toLowerCase();
  const slash = lower.lastIndexOf("/");
  const model = lower
    .slice(slash + 1)
    .replace(/\[\w+\]$/, "")
    .replace(/-20\d{6}$|-20\d{2}-\d{2}-\d{2}$/, "")
    .replaceAll(".", "-");
  return { seller: slash < 0 ? null : lower.slice(0, slash), model };
}
