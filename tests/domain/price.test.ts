import { expect, test } from "vitest";
import { priceList } from "../../src/domain/price-list.ts";
import { priceOf } from "../../src/domain/price.ts";

const million = 1_000_000;
const prices = [
  {
    model: "m-1.5",
    seller: "anthropic",
    input: 2,
    output: 10,
    cached: 0.2,
    cacheWritten: 2.5,
    source: "s",
    checked: "2026-11-21",
  },
  {
    model: "bare",
    seller: "openai",
    input: 1,
    output: 4,
    cached: null,
    cacheWritten: null,
    source: "s",
    checked: "2026-11-21",
  },
];

test("each kind of token has its own price", () => {
  const tokens = {
    input: 4 * million,
    output: million,
    cached: 2 * million,
    cacheWritten: million,
  };
  expect(priceOf(tokens, "m-1.5", prices)).toEqual({ usd: 2 + 10 + 0.4 + 2.5 });
});

test.each(["m-1-5", "M-1.5", "anthropic/m-1.5", "m-1-5-20260217", "m-1.5[1m]"])(
  "%s is the model by another spelling",
  (model) => {
    expect(priceOf({ input: million, output: 0, cached: 0 }, model, prices)).toEqual({ usd: 2 });
  },
);

test("what nobody priced has no price, and says why", () => {
  const tokens = { input: 1, output: 1, cached: 0 };
  expect(priceOf(tokens, null, prices)).toEqual({ usd: null, reason: "unknown_model" });
  expect(priceOf(tokens, "m-1-5-fast", prices)).toEqual({ usd: null, reason: "unknown_price" });
  // another seller may want another price
  expect(priceOf(tokens, "reseller/m-1.5", prices)).toEqual({ usd: null, reason: "unknown_price" });
  // nobody knows what its cache costs
  expect(priceOf({ ...tokens, cached: 1 }, "bare", prices)).toEqual({
    usd: null,
    reason: "unknown_price",
  });
  expect(priceOf(tokens, "bare", prices).usd).toBeCloseTo(5e-6);
});

test("every price that we ship is dated, says where it stood, and is there once", () => {
  for (const price of priceList) {
    expect(price.checked).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(price.source).toMatch(/^https:/);
    expect(price.cached ?? 0).toBeLessThan(price.input);
    expect(price.input).toBeLessThan(price.output);
  }
  expect(new Set(priceList.map(({ model }) => model)).size).toBe(priceList.length);
});
