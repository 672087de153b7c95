/** `agentpool provider test` with the agent CLIs that are really installed. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt } from "../support/built.ts";
import type { AgentName } from "../support/real/agent.ts";
import { forEachAgent, leftOut } from "../support/real/for-agent.ts";
import { startWork, type Work } from "../support/real/work.ts";
import { skipBecause } from "../support/skip.ts";
import { waitFor } from "../support/wait.ts";

interface Step {
  readonly step: string;
  readonly status: string;
  readonly source: string | null;
  readonly evidence: string;
}

interface Report {
  readonly turns_spent: number;
  readonly max_turns: number;
  readonly steps: readonly Step[];
}

/** What a model would make of the ordinary instructions of a trial. */
function obey(prompt: string): string {
  if (prompt.includes("numbered lines below")) return "[[say:pong]]";
  if (prompt.includes("touch approved.txt")) return "[[tool:shell:touch approved.txt]][[say:done]]";
  if (prompt.includes("tabs or blanks")) return "[[ask:Tabs or blanks?:tabs|blanks]][[say:chosen]]";
  if (prompt.includes("from 1 to 2000")) return "[[slow:60]]";
  return prompt.includes("single word pong") ? "[[say:pong]]" : prompt;
}

/** A provider that does not say how its sessions are resumed offers no such step. */
const resume = /^(?:ok: a further turn|not_offered: its definition)/;

/** Steps that are not ok with an agent, and why that is right. */
const others: Readonly<Record<AgentName, Readonly<Record<string, RegExp>>>> = {
  codex: {},
  claude: {},
  opencode: {},
  // it makes a file of a long paste
  copilot: { "64 KB paste": /^not_offered: refused before it is typed: .*file/ },
  droid: {},
};

forEachAgent((agent) => {
  let work: Work;

  beforeAll(async () => {
    ensureBuilt();
    work = await startWork(agent, agent.provider, { wishes: obey });
    // the first start of a big program on a busy machine takes longer than its version is waited for
    await waitFor(
      async () => {
        const { stdout } = await work.run(["doctor", "--json"], { status: "any" });
        const { checks } = JSON.parse(stdout) as { checks: { name: string; message: string }[] };
        const own = checks.find(({ name }) => name === `provider ${agent.provider}`);
        return own !== undefined && !own.message.startsWith("not installed");
      },
      { timeoutMs: 100_000, what: `the version of ${agent.name}` },
    );
  }, 120_000);

  afterAll(async () => {
    await work.close();
  }, 60_000);

  const when = skipBecause(agent.name === "codex" ? undefined : leftOut());

  test("provider test shows what it proves, within the turns it named", when, async () => {
    const { stdout, stderr } = await work.run(
      ["provider", "test", agent.provider, "--yes", "--json"],
      { status: "any" },
    );
    if (stdout === "") throw new Error(stderr);
    const report = JSON.parse(stdout) as Report;
    const table = report.steps.map((one) => JSON.stringify(one)).join("\n");
    expect(stderr).toContain(`spends at most ${report.max_turns} turns`);
    const known: Readonly<Record<string, RegExp>> = { resume, ...others[agent.name] };
    const surprising = report.steps.filter(({ step, status, source, evidence }) => {
      const because = known[step];
      if (because) return !because.test(`${status}: ${evidence}`);
      return status !== "ok" || source === null;
    });
    expect(surprising, table).toEqual([]);
    expect(report.turns_spent).toBeLessThanOrEqual(report.max_turns);
    // what was said to the model is what was counted
    expect(work.mock.journal.prompts().length).toBeLessThanOrEqual(report.turns_spent);
    // nothing of it was done in the person's own home
    expect(existsSync(work.home.database)).toBe(false);
  });
});
