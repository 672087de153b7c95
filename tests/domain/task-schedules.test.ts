import { expect, test } from "vitest";
import { playSchedule } from "../support/task-schedules.ts";

test("in 300 schedules of crashes, jumps of the clock and late decisions nothing is lost or doubled", () => {
  let completions = 0;
  let refused = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const outcome = playSchedule(seed);
    completions += outcome.completions;
    refused += outcome.refused;
    expect({ seed, ...outcome }).toMatchObject({ seed, lost: [], doubled: [], stale: [] });
  }
  // otherwise the schedules would not have been tried hard
  expect(completions).toBeGreaterThan(1_500);
  expect(refused).toBeGreaterThan(300);
});
