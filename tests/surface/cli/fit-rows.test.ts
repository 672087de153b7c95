import { expect, test } from "vitest";
import { fitRows } from "../../../src/surface/cli/fit-rows.ts";

const lines = ["run", "bar", "a", "b", "c", "d", "? approve"];

test("a screen with room for all shows all", () => {
  expect(fitRows(lines, 7, 1)).toEqual(lines);
});

test("what there is no room for is counted, and what is asked is seen on any screen", () => {
  expect(fitRows(lines, 5, 1)).toEqual(["run", "bar", "a", "  and 3 more", "? approve"]);
  expect(fitRows(lines, 3, 1)).toEqual(["run", "  and 5 more", "? approve"]);
  expect(fitRows(lines, 3, 4)).toEqual(["run", "  and 5 more", "? approve"]);
  expect(fitRows(lines, 4, 0)).toEqual(["run", "bar", "a", "  and 4 more"]);
});
