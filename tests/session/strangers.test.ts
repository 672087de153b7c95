// needs: tmux
/** What an agent answers for another that it has nothing to do with. */
import { expect, test } from "vitest";
import type { Principal } from "../../src/domain/principal.ts";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { decide } from "../support/records.ts";
import { makeSession } from "../support/session.ts";

const stranger = "ap_00000000000a";
const starter = "ap_00000000000b";
const of = (sessionId: string): Principal => ({ kind: "session", sessionId });

async function setUp(): Promise<TestHome> {
  const home = await openHome();
  const writes = [stranger, starter].map((id) => {
    const insert = makeSession({ id, state: "completed", endedAt: 1 });
    return { noun: "session", insert } as const;
  });
  await home.app.store.commit(decide({ writes }));
  return home;
}

const call = (home: TestHome, by: string, name: string, input: Record<string, unknown>) =>
  home.as(of(by)).call(name, { input });

test("a permission is given by who started the agent that asks, and not by any other agent", async () => {
  const home = await setUp();
  const agent = await startAgent(home, "clean", { persona: "approval", answers: "keys" });
  const author = {
    noun: "session",
    id: agent.id,
    update: { author: `session:${starter}` },
  } as const;
  await home.app.store.commit(decide({ writes: [author] }));
  await agent.waitFor("approval");
  const [prompt] = await home.app.store.prompts.open(agent.id);
  for (const [name, input] of [
    ["session.approve", { session_id: agent.id }],
    ["session.deny", { session_id: agent.id }],
    ["session.answer", { session_id: agent.id, option: "Yes" }],
    ["approval.approve", { approval_id: prompt?.id }],
  ] as const) {
    await expect(call(home, stranger, name, input), name).rejects.toMatchObject({
      code: "not_decider",
      why: `It neither started ${agent.id} nor leads its run.`,
    });
  }
  expect(agent.facts("answer")).toEqual([]);
  await call(home, starter, "session.approve", { session_id: agent.id });
  await agent.waitFor("completed");
  expect(agent.facts("answer")).toHaveLength(1);
});

test("a question any agent may answer", async () => {
  const home = await setUp();
  const agent = await startAgent(home, `!fake ask "Which?" red|blue`, { answers: "keys" });
  await agent.waitFor("question");
  await call(home, stranger, "session.answer", { session_id: agent.id, option: "blue" });
  await agent.waitFor("completed");
  expect(agent.facts("answer")).toHaveLength(1);
});
