/** The real agent CLIs a test may use, and why it may not. */
import { readFileSync } from "node:fs";
import { homedir, networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { describe } from "vitest";

export type AgentName = "codex" | "claude" | "opencode";

export interface RealAgent {
  readonly name: AgentName;
  /** Absolute path of the program, as `npm install --global` would give it. */
  readonly binary: string;
  readonly version: string;
}

/** What scripts/test-real tells its tests. */
interface RealRun {
  readonly isolated: boolean;
  readonly all: boolean;
  /** Agents whose tests cannot run, and why. */
  readonly skip: Readonly<Partial<Record<AgentName, string>>>;
}

const run = readRun();

/** Whether the long tests run, too: `test.runIf(everything)(...)`. */
export const everything = run?.all ?? false;

/** Where scripts/test-real keeps what it installs; outside the repository. */
export const cacheFolder = join(
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "agentpool-test",
);

const { agents } = JSON.parse(readFileSync(new URL("./agents.json", import.meta.url), "utf8")) as {
  readonly agents: Readonly<Record<AgentName, { readonly version: string }>>;
};

export const agentNames = Object.keys(agents) as readonly AgentName[];

/**
 * Tests of one agent, in a `describe` of its name, by which scripts/test-real counts them. They are
 * skipped when the agent cannot be had.
 */
export function forAgent(name: AgentName, tests: (agent: RealAgent) => void): void {
  const agent = realAgent(name);
  // oxlint-disable-next-line vitest/valid-title -- a name is a string
  describe.skipIf(whyNot(name) !== undefined)(name, () => {
    tests(agent);
  });
}

/** The same tests for every agent. */
export function forEachAgent(tests: (agent: RealAgent) => void): void {
  for (const name of agentNames) forAgent(name, tests);
}

/** PATH of a shell in which nothing but this agent is installed. */
export function pathWith(agent: RealAgent): string {
  const folders = [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];
  return [dirname(agent.binary), ...folders].join(":");
}

function realAgent(name: AgentName): RealAgent {
  const binary = join(cacheFolder, name, "node_modules", ".bin", name);
  return { name, binary, version: agents[name].version };
}

function whyNot(name: AgentName): string | undefined {
  if (run === undefined) return "start it through scripts/test-real";
  const reason = run.skip[name];
  if (reason !== undefined) return reason;
  // A real agent with a network would talk to its vendor; a skip would hide that.
  const reachable = Object.keys(networkInterfaces()).filter((device) => device !== "lo");
  if (!run.isolated || reachable.length > 0) {
    throw new Error(`real agents must not reach a network: ${reachable.join(" ")}`);
  }
  return undefined;
}

function readRun(): RealRun | undefined {
  const text = process.env["AGENTPOOL_REAL"];
  return text === undefined ? undefined : (JSON.parse(text) as RealRun);
}
