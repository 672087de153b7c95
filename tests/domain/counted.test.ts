import { expect, test } from "vitest";
import { counted } from "../../src/domain/counted.ts";

test("a count and its word agree", () => {
  expect([0, 1, 2].map((count) => counted(count, "file"))).toEqual([
    "0 files",
    "1 file",
    "2 files",
  ]);
  expect(counted(2, "branch", "branches")).toBe("2 branches");
});
