// needs: tmux
import { expect, it } from "vitest";
import { person } from "../../src/domain/principal.ts";
import { openHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";

it("a text that is to open a turn is never taken as the answer to a question", async () => {
  const home = await openHome();
  const agent = await startAgent(home, '!fake ask "Which?" yes|no');
  await agent.waitFor("question");
  const request = {
    session: agent.id,
    text: "the next task",
    command: false,
    when: "idle",
    waitFor: "none",
    timeoutMs: 0,
    ttlMs: 60_000,
    opensTurn: true,
  } as const;

  const asker = { principal: person, idempotencyKey: "k", signal: new AbortController().signal };
  await expect(home.app.sessions.send(request, asker)).rejects.toMatchObject({
    code: "prompt_open",
  });

  expect(await home.app.store.deliveries.byIdempotencyKey("k")).toBeUndefined();
  expect(await home.app.store.prompts.open(agent.id)).toHaveLength(1);
});
