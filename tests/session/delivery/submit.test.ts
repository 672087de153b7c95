/** What becomes of a pasted text, by what the composer, the terminal's mark and the agent show. */
import { expect, test } from "vitest";
import type { Delivery } from "../../../src/domain/delivery.ts";
import type { Composer } from "../../../src/domain/observation.ts";
import type { Lane } from "../../../src/session/delivery/lane.ts";
import { submit } from "../../../src/session/delivery/submit.ts";
import { idleScreen, makeSession } from "../../support/session.ts";

const text = "paint the door";
const pasted = {
  id: "dl_1",
  state: "pasted",
  via: "pane",
  promptId: null,
  pastes: 1,
  enters: 0,
  pastedAt: 0,
} as Delivery;

interface Scene {
  readonly composer: Partial<Composer>;
  /** What the terminal's own mark says was done last. */
  readonly mark?: "pasted" | "submitted";
  /** What the delivery is once the agent was heard. */
  readonly heard?: Delivery["state"];
  readonly personAt?: number;
}

/** One delivery in a session of which only what `submit` looks at is there. */
async function play(scene: Scene): Promise<{ readonly done: string[]; readonly lane: Lane }> {
  const done: string[] = [];
  let now = 100_000;
  let state = pasted.state;
  const input = {
    settleMs: 100,
    enterGapMs: 0,
    submitKey: "Enter",
    clearKeys: ["C-u"],
    clearsLine: true,
  };
  const composer = { ...idleScreen.composer, draft: "", line: "> ", ...scene.composer };
  const screen = { cols: 80, lines: ["> "], lastPersonInputAt: scene.personAt ?? null };
  const lane = {
    live: {
      provider: { input },
      session: makeSession(),
      view: { session: makeSession(), turns: [], deliveries: [pasted], prompts: [] },
      change: async () => undefined,
    },
    parts: {
      now: () => (now += 50),
      host: {
        mark: async () => scene.mark && { deliveryId: pasted.id, stage: scene.mark },
        press: async (_place: unknown, keys: readonly string[]) => {
          done.push(`press ${[...new Set(keys)].join(" ")}`);
          composer.draft = "";
          return { ok: true };
        },
      },
    },
    screen: { look: async () => ({ screen, reading: { ...idleScreen, composer } }) },
    outbox: { read: async () => text, remove: async () => undefined },
    drain: async () => {
      state = scene.heard ?? state;
    },
    pickedUpAt: 0,
    vanished: false,
    fresh: () => ({ ...pasted, state }),
    again: () => undefined,
    later: () => undefined,
    wait: async (_delivery: Delivery, because: string) => void done.push(`wait: ${because}`),
    move: async (_delivery: Delivery, to: string) => void done.push(to),
    refuse: async (_delivery: Delivery, because: string) => void done.push(`refuse: ${because}`),
  } as unknown as Lane;
  await submit(lane, pasted);
  return { done, lane };
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
