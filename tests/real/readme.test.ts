/** The lines of the README that need a real agent CLI, as they stand there. */
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { linesUnder } from "../support/readme.ts";
import { forAgent } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";

/** Types a line into the person's shell, where `agentpool` is installed. */
async function type(work: Work, line: string): Promise<string> {
  const bin = join(work.user.home, "bin");
  mkdirSync(bin, { recursive: true });
  try {
    symlinkSync(agentpoolBin, join(bin, "agentpool"));
  } catch {
    // it was installed for an earlier line
  }
  const { stdout } = await promisify(execFile)("sh", ["-c", line], {
    cwd: work.user.repo,
    env: { ...work.user.env, PATH: `${bin}:${work.user.env["PATH"]}` },
    timeout: 100_000,
  });
  return stdout;
}

const hostLines = (program: string): string[] =>
  linesUnder("From the agent you talk to").filter((line) => line.startsWith(`${program} `));

forAgent("codex", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "codex-cli");
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("every line of the README for a real agent works as it stands", async () => {
    for (const line of linesUnder("With a real agent")) {
      expect(line).toMatch(/^agentpool /);
      await type(work, line);
    }
    const { sessions } = await work.json<{ sessions: { name: string; state: string }[] }>([
      "sessions",
    ]);
    expect(sessions).toMatchObject([{ name: "scout", state: "completed" }]);
  }, 300_000);

  test("the README's line makes agentpool a server of this host", async () => {
    expect(hostLines("codex")).toHaveLength(1);
    for (const line of hostLines("codex")) await type(work, line);
    const listed = JSON.parse(await type(work, "codex mcp list --json")) as {
      name: string;
      transport: { command: string; args: string[] };
    }[];
    expect(listed).toContainEqual(
      expect.objectContaining({
        name: "agentpool",
        transport: expect.objectContaining({ command: "agentpool", args: ["mcp"] }),
      }),
    );
  });
});

forAgent("claude", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, "claude-code");
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("the README's line makes agentpool a server of this host, which connects to it", async () => {
    expect(hostLines("claude")).toHaveLength(1);
    for (const line of hostLines("claude")) await type(work, line);
    const listed = await type(work, "claude mcp list");
    expect(listed).toMatch(/^agentpool: agentpool mcp - \S+ Connected$/m);
  });
});
