import { expect, it, onTestFinished } from "vitest";
import fake from "../../providers/fake/provider.ts";
import { openHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";

/** Makes the scripted agent one whose input line stands before it listens. */
function listensFromHook(withinMs: number): void {
  const input = fake.input as { listensFrom?: { channel: "hook"; withinMs: number } };
  input.listensFrom = { channel: "hook", withinMs };
  onTestFinished(() => {
    delete input.listensFrom;
  });
}

const atOf = (agent: Agent, fact: string): number => Number(agent.facts(fact)[0]?.["at"]);

it("an agent whose input line stands too early is sent nothing before it was heard", async () => {
  listensFromHook(20_000);
  const home = await openHome();
  const faults = { hook_fault: "SessionStart:late", hook_late_ms: "400" };
  const agent = await startAgent(home, "hello", faults);
  await agent.waitFor("completed");
  expect(atOf(agent, "paste")).toBeGreaterThan(atOf(agent, "hook"));
  expect(atOf(agent, "hook")).toBeGreaterThan(atOf(agent, "ready") + 300);
});

it("one that is never heard is sent its text all the same, after a while", async () => {
  listensFromHook(400);
  const home = await openHome();
  const agent = await startAgent(home, "hello", { hooks: "off" });
  await agent.waitFor("completed");
  expect(atOf(agent, "paste")).toBeGreaterThan(atOf(agent, "ready") + 300);
});
