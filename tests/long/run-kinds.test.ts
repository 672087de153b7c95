import { expect, test } from "vitest";
import { possibleEnds, simulate } from "../support/orchestration/simulate.ts";

test("10,000 schedules: no thing is wanted twice, no run ends better than it went", () => {
  const ends = simulate({ numRuns: 10_000 });
  expect(possibleEnds.filter((end) => !ends[end])).toEqual([]);
}, 600_000);
