import { expect, it } from "vitest";
import fake from "../../providers/fake/provider.ts";
import { pause } from "../../src/platform/clock.ts";
import { answerInWords } from "../../src/session/answer.ts";
import { LiveSession, loadView } from "../../src/session/live-session.ts";
import type { SessionParts } from "../../src/session/parts.ts";
import type { ScreenSource } from "../../src/session/sources/screen.ts";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

it("an answer whose dialog closes before it is recorded was given, and is never told as withdrawn", async () => {
  const home = await openHome();
  const agent = await startAgent(home, '!fake ask "Which?" yes|no');
  await agent.waitFor("question");
  const { store } = home.app;
  const parts = { store, now: Date.now } as unknown as SessionParts;
  const live = new LiveSession(parts, fake, await loadView({ store }, agent.id));
  const [open] = live.view.prompts;
  let heard: Promise<void> | undefined;
  const channel = {
    answers: [],
    inWords: (_prompt: unknown, text: string) => text,
    reply: async () => {
      const claim = { kind: "dialog_closed", ref: open?.ref ?? null, how: "answered" } as const;
      heard = live.observe([{ source: "hook", claim }]);
      await Promise.race([heard, pause(300)]);
      return true;
    },
  };
  const screen = { look: () => Promise.resolve(undefined) } as unknown as ScreenSource;

  await answerInWords(live, parts, screen, channel, { author: "person", text: "no" });
  await heard;

  live.close();
  expect(await store.prompts.get(open?.id ?? "")).toMatchObject({ state: "answered" });
});
