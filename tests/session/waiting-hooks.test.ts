import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openHome, type TestHome } from "../support/home.ts";
import { startAgent, type Agent } from "../support/observed.ts";
import { waitFor } from "../support/wait.ts";

/** Hooks that wait for an answer, by their pipes. */
function waiting(home: TestHome, agent: Agent): string[] {
  const { spool } = home.home.session(agent.id);
  return readdirSync(spool).filter((name) => name.endsWith(".reply"));
}

async function press(agent: Agent, key: string): Promise<void> {
  const { session } = await agent.ask<{ session: { tmux: { socket: string; pane: string } } }>(
    "session.show",
  );
  const { socket, pane } = session.tmux;
  execFileSync("tmux", ["-S", socket, "send-keys", "-t", pane, key]);
}

describe("a hook that waits for an answer", () => {
  it("is let go when a person answers its dialog in the pane", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake approve ls");
    await agent.waitFor("approval_prompt");
    await waitFor(() => waiting(home, agent).length === 1);
    await press(agent, "1");
    await waitFor(async () => (await agent.observe()).turn?.state === "completed");
    await waitFor(() => waiting(home, agent).length === 0, { what: "the end of the hook" });
    expect(await agent.events()).toContain("prompt_withdrawn");
  });

  it("is let go by the next supervisor, too", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake approve ls");
    await agent.waitFor("approval_prompt");
    await waitFor(() => waiting(home, agent).length === 1);
    await home.restart();
    expect(waiting(home, agent)).toHaveLength(1);
    await press(agent, "1");
    await waitFor(() => waiting(home, agent).length === 0, { what: "the end of the hook" });
    await waitFor(async () => (await agent.observe()).turn?.state === "completed");
  });

  it("is let go when its turn is interrupted", async () => {
    const home = await openHome();
    const agent = await startAgent(home, "!fake approve ls");
    await agent.waitFor("approval_prompt");
    await waitFor(() => waiting(home, agent).length === 1);
    await agent.ask("session.interrupt");
    expect((await agent.waitFor("idle")).state).toBe("idle");
    await waitFor(() => waiting(home, agent).length === 0, { what: "the end of the hook" });
  });
});
