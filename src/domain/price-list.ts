import type { Price } from "./price.ts";

/**
 * Prices that stood on the vendors' own pages on that day: standard service, short requests, caches
 * that are kept for the shortest time. Models whose price depends on more than that are left out, and
 * so is whatever nobody looked up. `prices.json` in the home adds to them, and goes before them.
 */
const anthropic = (
  model: string,
  [input, cacheWritten, cached, output]: readonly [number, number, number, number],
): Price => ({
  model,
  seller: "anthropic",
  input,
  output,
  cached,
  cacheWritten,
  source: "https://platform.claude.com/docs/en/about-claude/pricing",
  checked: "2026-11-21",
});

const openai = (
  model: string,
  [input, cacheWritten, cached, output]: readonly [number, number | null, number, number],
): Price => ({
  model,
  seller: "openai",
  input,
  output,
  cached,
  cacheWritten,
  source: `https://developers.openai.com/api/docs/models/${model}`,
  checked: "2026-11-21",
});

export const priceList: readonly Price[] = [
  anthropic("claude-fable-5-1", [10, 12.5, 0.25, 50]),
  anthropic("claude-fable-5", [10, 12.5, 1, 50]),
  anthropic("claude-opus-5-5", [4, 5, 0.2, 20]),
  anthropic("claude-opus-5", [5, 6.25, 0.5, 25]),
  anthropic("claude-opus-4-8", [5, 6.25, 0.5, 25]),
  anthropic("claude-opus-4-7", [5, 6.25, 0.5, 25]),
  anthropic("claude-opus-4-6", [5, 6.25, 0.5, 25]),
  anthropic("claude-opus-4-5", [5, 6.25, 0.5, 25]),
  anthropic("claude-sonnet-5-5", [2, 2.5, 0.2, 10]),
  anthropic("claude-sonnet-5", [2, 2.5, 0.2, 10]),
  openai("gpt-6.2-sol", [2, 2.5, 0.1, 10]),
  openai("gpt-6-sol", [2, 2.5, 0.2, 10]),
  openai("gpt-5-codex", [1.25, null, 0.125, 10]),
];
