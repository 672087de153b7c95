import { expect, test } from "vitest";
import { simulate } from "../../support/orchestration/simulate.ts";

test("every kind comes to an honest end, whatever happens, and wants no thing twice", () => {
  const ends = simulate({ numRuns: 120, seed: 7 });
  expect(Object.keys(ends).length).toBeGreaterThan(10);
});
