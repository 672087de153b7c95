import type { Delivery } from "../../src/domain/delivery.ts";
import type { Composer } from "../../src/domain/observation.ts";
import type { Lane } from "../../src/session/delivery/lane.ts";
import { idleScreen, makeSession } from "./session.ts";

export const text = "paint the door";

export interface Scene {
  readonly delivery: Partial<Delivery>;
  /** What the agent's input shows. */
  readonly composer: Partial<Composer>;
  /** What the terminal's own mark says was done last. */
  readonly mark?: "pasted" | "submitted";
  /** What the delivery is once the agent was heard. */
  readonly heard?: Delivery["state"];
  readonly personAt?: number;
}

/** One delivery in a session of which only what the stages look at is there, and what was done. */
export function openLane(scene: Scene): {
  readonly lane: Lane;
  readonly delivery: Delivery;
  readonly done: string[];
} {
  const done: string[] = [];
  const delivery = {
    id: "dl_1",
    state: "pasted",
    via: "pane",
    promptId: null,
    pastes: 1,
    enters: 0,
    pastedAt: 0,
    ...scene.delivery,
  } as Delivery;
  let now = 100_000;
  let { state } = delivery;
  const input = {
    settleMs: 1_000,
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
      view: { session: makeSession(), turns: [], deliveries: [delivery], prompts: [] },
      change: async () => undefined,
    },
    parts: {
      now: () => (now += 300),
      host: {
        mark: async () => scene.mark && { deliveryId: delivery.id, stage: scene.mark },
        press: async (_place: unknown, keys: readonly string[]) => {
          done.push(`press ${[...new Set(keys)].join(" ")}`);
          composer.draft = "";
          return { ok: true };
        },
      },
    },
    screen: {
      look: async () => ({ screen, reading: { ...idleScreen, composer: { ...composer } } }),
    },
    outbox: { read: async () => text, remove: async () => undefined },
    drain: async () => {
      state = scene.heard ?? state;
    },
    pickedUpAt: 0,
    vanished: false,
    fresh: () => ({ ...delivery, state }),
    again: () => undefined,
    later: () => undefined,
    wait: async (_delivery: Delivery, because: string) => void done.push(`wait: ${because}`),
    move: async (_delivery: Delivery, to: string) => void done.push(to),
    refuse: async (_delivery: Delivery, because: string) => void done.push(`refuse: ${because}`),
  } as unknown as Lane;
  return { lane, delivery, done };
}
