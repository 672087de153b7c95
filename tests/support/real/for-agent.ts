/** Which real agents the tests may use in this run, and why one may not. */
import { networkInterfaces } from "node:os";
import { describe } from "vitest";
import type { AgentName, RealAgent } from "./agent.ts";
import { agentNames, realAgent } from "./agent.ts";

/** What scripts/test-real tells its tests. */
interface RealRun {
  readonly isolated: boolean;
  /** False in the round that CI has time for. */
  readonly full: boolean;
  /** Agents whose tests cannot run, and why. */
  readonly skip: Readonly<Partial<Record<AgentName, string>>>;
}

const run = readRun();

/**
 * Tests of one agent, in a `describe` of its name, by which scripts/test-real counts them. They are
 * skipped when the agent cannot be had.
 * @throws Error when a real agent would have a network here.
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

/** Why a test that takes long and proves little that others do not is left out of this run. */
export function leftOut(): string | undefined {
  return run?.full === true ? undefined : "it takes a minute; scripts/test-real --all runs it";
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
