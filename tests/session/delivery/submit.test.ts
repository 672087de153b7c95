/** What becomes of a pasted text, by what the composer, the terminal's mark and the agent show. */
import { expect, test } from "vitest";
import { submit } from "../../../src/session/delivery/submit.ts";
import { openLane, text, type Scene } from "../../support/lane.ts";

async function play(scene: Omit<Scene, "delivery">) {
  const { lane, delivery, done } = openLane({ delivery: {}, ...scene });
  await submit(lane, delivery);
  return { lane, done };
}

test("a text that stands there whole is submitted by one Enter", async () => {
  const { done } = await play({ composer: { draft: text } });
  expect(done).toEqual(["press Enter", "submitted"]);
});

test("an empty composer whose Enter the terminal remembers is no text that was lost", async () => {
  const { done, lane } = await play({ composer: {}, mark: "submitted" });
  expect(done).toEqual(["submitted"]);
  expect(lane.vanished).toBe(false);
});

test("nor is one whose text the agent tells that it took", async () => {
  const { done } = await play({ composer: {}, mark: "pasted", heard: "accepted" });
  expect(done).toEqual([]);
});

test("a text that never showed waits to be pasted again, and what comes next knows of it", async () => {
  const { done, lane } = await play({ composer: {}, mark: "pasted" });
  expect(done).toEqual(["queued"]);
  expect(lane.vanished).toBe(true);
});

test("a part of a text is cleared before it is pasted again", async () => {
  const { done } = await play({ composer: { draft: "paint the" } });
  expect(done).toEqual(["press C-u", "queued"]);
});

test("what a person typed beside it stays, and nothing is pressed", async () => {
  const { done } = await play({ composer: { draft: "paint the window" }, personAt: 99_000 });
  expect(done).toEqual(["wait: a draft of somebody stands in the composer"]);
});
