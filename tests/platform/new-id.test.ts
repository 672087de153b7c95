import { expect, test } from "vitest";
import { newId } from "../../src/platform/new-id.ts";

test("ids of one millisecond sort as they were made, and those of later ones after them", () => {
  const made = [5, 5, 5, 6].flatMap((ms) => Array.from({ length: 2_000 }, () => newId("task", ms)));

  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  expect(made.every((id) => /^tk_[0-9a-hjkmnp-tv-z]{17}$/.test(id))).toBe(true);
});
