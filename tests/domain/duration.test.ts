import { expect, test } from "vitest";
import { parseDuration } from "../../src/domain/time.ts";

test.each([
  ["90", 90_000],
  ["1.5", 1_500],
  ["500ms", 500],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["1d 2h", 93_600_000],
  ["1m500ms", 60_500],
])("%s is a duration", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "soon", "10x", "30m1h", "1h1h", "-5m", "1h30", "m", "1e3"])("%j is none", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
