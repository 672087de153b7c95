/** A CLI that asks whether its folder is trusted, and has no setting against it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";

/** The scripted agent, whose dialog at the start may be answered for its user. */
function addAsker(home: TestHome): void {
  const fake = scriptedProvider();
  mkdirSync(home.home.providers, { recursive: true });
  writeFileSync(
    join(home.home.providers, "asker.mjs"),
    `import fake from ${JSON.stringify(fake)};
     export default { ...fake, id: "asker", aliases: [], presets: {}, trustDialog: /^Do you trust the files/ };`,
  );
}

const asks = { trust: "always" };
const asker = { provider_id: "asker" };

test("it is answered for this session where folders are trusted, with the rule as author", async () => {
  const home = await openHome();
  addAsker(home);
  const agent = await startAgent(home, "!fake say in", asks, asker);
  const seen = await agent.waitFor("completed");

  expect(seen.outcome).not.toBe("needs_input");
  expect(agent.facts("answer")).toHaveLength(1);
  const { prompts } = await agent.ask<{ prompts: { answer: { author: string } }[] }>(
    "session.show",
  );
  expect(prompts[0]?.answer.author).toBe("policy:trust_folders");
});

test("it waits for a person where they are not", async () => {
  const home = await openHome();
  addAsker(home);
  mkdirSync(dirname(home.home.config), { recursive: true });
  writeFileSync(home.home.config, "policy:\n  trust_folders: false\n");
  const agent = await startAgent(home, "!fake say in", asks, asker);
  const seen = await agent.waitFor("approval");

  expect(seen.prompts).toMatchObject([{ kind: "startup" }]);
  expect(agent.facts("answer")).toEqual([]);
  await agent.ask("session.approve");
  await agent.waitFor("completed");
});

test("a text that is sent while a rule answers it waits for that", async () => {
  const home = await openHome();
  addAsker(home);
  const agent = await startAgent(home, "!fake say in", asks, asker);
  await waitFor(async () => {
    const { events } = home.app.store;
    const told = await events.since(0, { sessionIds: [agent.id], limit: 100 });
    return told.some(({ body }) => body.type === "prompt_opened");
  });
  const sent = await agent.send("!fake say after", { wait: "turn" });

  expect(sent).toMatchObject({ ok: true, result: "after" });
});
