/** `agentpool try` with an agent CLI that is really installed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import { forEachAgent } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";

const providerIds = {
  codex: "codex-cli",
  claude: "claude-code",
  opencode: "opencode",
  copilot: "copilot-cli",
} as const;

forEachAgent((agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, providerIds[agent.name]);
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  test("try plays two turns of it, side by side, and leaves nothing behind", async () => {
    const { stdout } = await work.run(["try", "--provider", providerIds[agent.name], "--yes"]);
    expect(stdout).toMatch(/^reader\b.*\bcompleted\b/m);
    expect(stdout).toMatch(/^writer\b.*\bcompleted\b/m);
    expect(work.mock.journal.prompts().toSorted()).toEqual([
      expect.stringContaining("Change greeting.txt"),
      expect.stringContaining("Read README.md"),
    ]);
    expect((await work.json<{ sessions: unknown[] }>(["sessions"])).sessions).toEqual([]);
  });
});
