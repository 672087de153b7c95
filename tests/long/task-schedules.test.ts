import { expect, test } from "vitest";
import { playSchedule } from "../support/task-schedules.ts";

test("in 10,000 schedules no task is lost, none is done twice, and none by who lost it", () => {
  const sums = { tasks: 0, completions: 0, refused: 0 };
  for (let seed = 1_001; seed <= 11_000; seed++) {
    const outcome = playSchedule(seed);
    sums.tasks += outcome.tasks;
    sums.completions += outcome.completions;
    sums.refused += outcome.refused;
    expect({ seed, ...outcome }).toMatchObject({ seed, lost: [], doubled: [], stale: [] });
  }
  console.log(`10,000 schedules: ${JSON.stringify(sums)}`);
  expect(sums.completions).toBeGreaterThan(50_000);
  expect(sums.refused).toBeGreaterThan(10_000);
}, 300_000);
