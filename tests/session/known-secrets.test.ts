import { expect, it } from "vitest";
import fake from "../../providers/fake/provider.ts";
import { answerInWords } from "../../src/session/answer.ts";
import { LiveSession, loadView } from "../../src/session/live-session.ts";
import type { SessionParts } from "../../src/session/parts.ts";
import type { ScreenSource } from "../../src/session/sources/screen.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

/** Looks like nothing; that it is a secret is known by the name of its variable alone. */
const secret = "swordfish-harbour";
const mark = /\[REDACTED:/;

interface Rule {
  readonly id: string;
  readonly text: string;
}

/** An agent that has the secret and asks about it. */
async function openAsking(): Promise<{ readonly home: TestHome; readonly agent: Agent }> {
  const home = await openHome({ env: { HARBOUR_TOKEN: secret } });
  const task = `!fake say it is ${secret}\n!fake ask "Is it ${secret}?" yes|no`;
  const agent = await startAgent(home, task, {}, { env: ["HARBOUR_TOKEN"] });
  await agent.waitFor("question");
  return { home, agent };
}

it("a secret of the environment is not told of the screen, wherever it stands there", async () => {
  const { agent } = await openAsking();
  const { worker_output } = await agent.observe({ detail: "full" });
  expect(worker_output.text).toMatch(mark);
  expect(worker_output.text).not.toContain(secret);
});

it("nor is it told of a line that a screen rule found", async () => {
  const home = await openHome({ env: { HARBOUR_TOKEN: secret } });
  const task = `!fake limit 600 No more of ${secret}`;
  const agent = await startAgent(home, task, {}, { env: ["HARBOUR_TOKEN"] });
  await agent.waitFor("limited");
  // its log tells of the limit a moment before its screen does
  const rules = await waitFor(async () => {
    const explained = await agent.ask<{ rules: Rule[] }>("session.explain");
    const text = explained.rules.find(({ id }) => id === "limit")?.text;
    return text?.includes("No more of") === true && explained.rules;
  });
  expect(rules.find(({ id }) => id === "limit")?.text).toMatch(mark);
  expect(JSON.stringify(rules)).not.toContain(secret);
});

it("nor does it stand in the record of an answer that was given in words", async () => {
  const { home, agent } = await openAsking();
  const { store } = home.app;
  const parts = { store, now: Date.now } as unknown as SessionParts;
  const live = new LiveSession(parts, fake, await loadView({ store }, agent.id));
  live.keepOut([secret]);
  const replies: string[] = [];

  const screen = { look: () => Promise.resolve(undefined) } as unknown as ScreenSource;
  const channel = {
    answers: [],
    inWords: (_prompt: unknown, text: string) => text,
    reply: (_prompt: unknown, reply: string) => Promise.resolve(replies.push(reply) > 0),
  };
  const answered = await answerInWords(live, parts, screen, channel, {
    author: "person",
    text: `no, ${secret}`,
  });

  live.close();
  expect(replies).toEqual([`no, ${secret}`]);
  expect(answered?.answer?.text).toMatch(/^no, \[REDACTED:/);
});

it("a question that shows a secret takes an answer in words all the same", async () => {
  const { agent } = await openAsking();
  const sent = await agent.send("it is", { wait: "accepted" });
  expect(sent.delivery).toMatchObject({ state: "accepted" });
  expect(agent.facts("answer")).toMatchObject([{ text: "it is" }]);
});

it("an option that shows a secret is told without it, and chosen by either name", async () => {
  const home = await openHome({ env: { HARBOUR_TOKEN: secret } });
  const task = `!fake ask "Which?" keep ${secret}|${secret} goes`;
  for (const label of [`keep ${secret}`, "keep [REDACTED:env]"]) {
    const agent = await startAgent(home, task, {}, { env: ["HARBOUR_TOKEN"] });
    const { prompts } = await agent.waitFor("question");
    expect(prompts[0]?.options[0]?.label).toMatch(/^keep \[REDACTED:/);
    const answered = await agent.answer({ option: label });
    expect(answered.prompt).toMatchObject({ state: "answered" });
    expect(agent.facts("answer")).toMatchObject([{ option: `keep ${secret}` }]);
    const told = await home.app.store.events.since(0, { sessionIds: [agent.id], limit: 1_000 });
    expect(JSON.stringify(told)).not.toContain(secret);
  }
});
