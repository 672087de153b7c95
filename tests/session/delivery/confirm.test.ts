/** What becomes of a submitted text of which the agent says nothing. */
import { expect, test } from "vitest";
import { confirm } from "../../../src/session/delivery/confirm.ts";
import { openLane, text, type Scene } from "../../support/lane.ts";

async function play(scene: Omit<Scene, "delivery"> & { readonly enters: number }) {
  const delivery = { state: "submitted", enters: scene.enters, submittedAt: 50_000 } as const;
  const { lane, delivery: sent, done } = openLane({ ...scene, delivery });
  await confirm(lane, sent);
  return done;
}

test("one that still stands in the input gets a second Enter", async () => {
  expect(await play({ composer: { draft: text }, enters: 1 })).toEqual(["press Enter"]);
});

test("one that stands there after two is taken out again, and called refused", async () => {
  expect(await play({ composer: { draft: text }, enters: 2 })).toEqual([
    "press C-u",
    expect.stringMatching(/^refuse: .* after Enter, twice/),
  ]);
});

test("one that the agent tells of meanwhile is left as it is told", async () => {
  const done = await play({ composer: { draft: text }, enters: 2, heard: "accepted" });
  expect(done).toEqual(["press C-u"]);
});

test("what a person typed since is theirs", async () => {
  const done = await play({ composer: { draft: text }, enters: 2, personAt: 60_000 });
  expect(done).toEqual(["unconfirmed"]);
});

test("one that left the input and was never told of is unconfirmed", async () => {
  expect(await play({ composer: {}, enters: 1 })).toEqual(["unconfirmed"]);
});
