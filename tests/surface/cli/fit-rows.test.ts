import { expect, test } from "vitest";
import { fitRows } from "../../../src/surface/cli/fit-rows.ts";

const lines = ["run", "bar", "a", "b", "c", "d", "? approve"];

test("a screen with room for all shows all", () => {
  expect(fitRows(lines, 7, { last: 1 })).toEqual(lines);
});

test("what there is no room for is counted, and what is asked is seen on any screen", () => {
  expect(fitRows(lines, 5, { last: 1 })).toEqual(["run", "bar", "a", "  and 3 more", "? approve"]);
  expect(fitRows(lines, 3, { last: 1 })).toEqual(["run", "  and 5 more", "? approve"]);
  expect(fitRows(lines, 3, { last: 4 })).toEqual(["run", "  and 5 more", "? approve"]);
  expect(fitRows(lines, 4, { last: 0 })).toEqual(["run", "bar", "a", "  and 4 more"]);
});

test("what weighs least is left out first, and the order stays", () => {
  const weigh = (line: number): number => [9, 9, 0, 1, 0, 2][line] ?? 9;
  expect(fitRows(lines, 6, { last: 1, weigh })).toEqual([
    "run",
    "bar",
    "b",
    "d",
    "  and 2 more",
    "? approve",
  ]);
});
