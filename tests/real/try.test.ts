/** `agentpool try` with an agent CLI that is really installed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forEachAgent } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";
import { skipBecause } from "../support/skip.ts";

/** Agents that cannot play in a folder nobody has seen before. */
const cannot: Readonly<Partial<Record<AgentName, string>>> = {
  droid: "droid takes no word for a new folder but a person's, in its own dialog",
};

forEachAgent((agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider);
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  const why = skipBecause(cannot[agent.name]);

  test("try plays two turns of it, side by side, and leaves nothing behind", why, async () => {
    const { stdout } = await work.run(["try", "--provider", agent.provider, "--yes"]);
    expect(stdout).toMatch(/^reader\b.*\bcompleted\b/m);
    expect(stdout).toMatch(/^writer\b.*\bcompleted\b/m);
    expect(work.mock.journal.prompts().toSorted()).toEqual([
      expect.stringContaining("Change greeting.txt"),
      expect.stringContaining("Read README.md"),
    ]);
    expect((await work.json<{ sessions: unknown[] }>(["sessions"])).sessions).toEqual([]);
  });
});
