/** Real agent CLIs as hosts of our MCP server: agents that drive agents. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { Exchange } from "../support/mock-model/exchange.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forAgent, forEachAgent } from "../support/real/for-agent.ts";
import type { Work } from "../support/real/work.ts";
import { startWork } from "../support/real/work.ts";

interface Host {
  /** One turn without a terminal. */
  readonly argv: (prompt: string) => readonly string[];
  /** Brings the names of tools before the model, where the agent only gives them when asked. */
  readonly look: string;
  readonly env?: Readonly<Record<string, string>>;
}

const hosts: Readonly<Record<AgentName, Host>> = {
  claude: {
    argv: (prompt) => ["-p", "--allowedTools", "mcp__agentpool", "--", prompt],
    look: "[[say:hello]]",
    env: { ENABLE_TOOL_SEARCH: "false" },
  },
  codex: {
    argv: (prompt) => ["exec", "--skip-git-repo-check", prompt],
    // it keeps the tools of servers for scripts
    look: `[[call:exec:${JSON.stringify("text(JSON.stringify(ALL_TOOLS.map((one) => one.name)));")}]]`,
  },
  copilot: {
    argv: (prompt) => ["--no-auto-update", "--allow-all-tools", "-p", prompt],
    look: "[[say:hello]]",
  },
  droid: {
    argv: (prompt) => ["exec", "--auto", "low", prompt],
    // it keeps the tools of servers until they are searched for, and starts its turn without
    // waiting for a server: what one search does not find yet, a later one does
    look: `[[call:ToolSearch:{"query":"agentpool worker","max_results":20}]]`.repeat(40),
  },
  opencode: { argv: (prompt) => ["run", prompt], look: "[[say:hello]]" },
};

/** Runs the agent in the person's environment until it ends or the work is over. */
function turn(
  work: Work,
  prompt: string,
): { readonly end: () => void; readonly said: () => string } {
  const { agent, user } = work;
  const host = hosts[agent.name];
  const child = spawn(agent.binary, host.argv(prompt), {
    cwd: user.repo,
    env: { ...user.env, ...host.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  }
  return {
    said: () => said,
    end: () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // it ended by itself
      }
    },
  };
}

/** What the model was shown of tools: as they are offered, or as it was answered. */
const shown = ({ tools, toolResults }: Exchange): string =>
  [...tools.map(({ name }) => name), ...toolResults].join(" ");

forEachAgent((agent) => {
  let work: Work;
  let installedBy: string;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider);
    const config = ["mcp-config", "--client", agent.provider, "--absolute-command"];
    const told = await work.json<{ installed: { by: string } }>([...config, "--install"]);
    installedBy = told.installed.by;
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("shows its model the tools of agentpool, told of it by its own command", async () => {
    expect(installedBy).toBe("command");
    const running = turn(work, hosts[agent.name].look);
    try {
      await work.mock.journal.waitFor(
        ({ exchange }) => /spawn_worker[^]*wait_workers/.test(shown(exchange)),
        { timeoutMs: 60_000, what: "request that shows the tools" },
      );
    } catch (thrown) {
      const seen = work.mock.journal.turns().map(({ exchange }) => shown(exchange).slice(0, 2_000));
      throw new Error(`${String(thrown)}\n${seen.join("\n")}\n${running.said()}`, {
        cause: thrown,
      });
    } finally {
      running.end();
    }
  });
});

forAgent("claude", (agent) => {
  let work: Work;
  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider);
  }, 120_000);
  afterAll(() => work.close(), 60_000);

  test("its model starts a worker, waits for it and collects its result", async () => {
    await work.run(["mcp-config", "--client", agent.provider, "--absolute-command", "--install"]);
    const call = (tool: string, input: object): string =>
      `[[mcp:${tool}:${JSON.stringify(input)}]]`;
    const running = turn(
      work,
      [
        call("spawn_worker", {
          provider_id: "fake",
          task: "!fake say the answer is 42",
          repo_path: work.user.repo,
          name: "helper",
        }),
        call("observe_worker", { session_id: "helper", wait_for: "turn", timeout_seconds: 20 }),
        call("collect_worker_artifacts", { session_id: "helper", detail: "full" }),
        "[[say:collected]]",
      ].join(""),
    );
    try {
      const { exchange } = await work.mock.journal.waitFor(
        (one) => one.exchange.toolResults.length === 3,
        { timeoutMs: 60_000, what: "three results of tools" },
      );
      expect(JSON.stringify(exchange.toolResults.at(-1))).toMatch(
        /BEGIN_UNTRUSTED_WORKER_OUTPUT_\w+\\+nthe answer is 42\\+nEND_/,
      );
    } finally {
      running.end();
    }
    const { sessions } = await work.json<{ sessions: { name: string; author: string }[] }>([
      "sessions",
    ]);
    expect(sessions).toMatchObject([
      { name: "helper", author: expect.stringMatching(/^coordinator:coord_/) as string },
    ]);
  });
});
