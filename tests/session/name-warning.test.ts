import { expect, test } from "vitest";
import { nameWarning } from "../../src/session/name-warning.ts";
import { makeSession } from "../support/session.ts";

test("a name that a live session has is warned of, since it will name neither", async () => {
  const live = [makeSession({ id: "ap_0000000000aa", name: "painter" })];
  const store = { sessions: { live: async () => live } };

  expect(await nameWarning(store, "painter")).toEqual([
    "ap_0000000000aa is called painter too: as long as both live, name them by their ids",
  ]);
  expect(await nameWarning(store, "other")).toEqual([]);
  expect(await nameWarning(store, null)).toEqual([]);
});
