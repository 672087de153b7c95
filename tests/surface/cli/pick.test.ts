import { expect, test } from "vitest";
import { pick } from "../../../src/surface/cli/output.ts";

const output = {
  providers: { one: { usable: true, windows: [] }, other: { usable: false, windows: [] } },
  sessions: [
    { id: "a", turn: { state: "completed" } },
    { id: "b", turn: null },
  ],
};

test("dots lead inside, through lists and, by a star, through names that nobody knows before", () => {
  expect(pick(output, ["sessions.id", "sessions.turn.state"])).toEqual({
    sessions: [
      { id: "a", turn: { state: "completed" } },
      { id: "b", turn: null },
    ],
  });
  expect(pick(output, ["providers.*.usable"])).toEqual({
    providers: { one: { usable: true }, other: { usable: false } },
  });
  expect(() => pick(output, ["providers.*.usabel"])).toThrow("no providers.one.usabel");
});
