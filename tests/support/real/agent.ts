/** The real agent CLIs as scripts/test-real installs them. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export type AgentName = "codex" | "claude" | "opencode" | "copilot" | "droid";

export interface RealAgent {
  readonly name: AgentName;
  /** Id of its provider here. */
  readonly provider: string;
  /** Absolute path of the program, as `npm install --global` would give it. */
  readonly binary: string;
  readonly version: string;
}

/** Where scripts/test-real keeps what it installs; outside the repository. */
export const cacheFolder = join(
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "agentpool-test",
);

const { agents } = JSON.parse(readFileSync(new URL("./agents.json", import.meta.url), "utf8")) as {
  readonly agents: Readonly<Record<AgentName, Pick<RealAgent, "provider" | "version">>>;
};

export const agentNames = Object.keys(agents) as readonly AgentName[];

/** The agent as it is once it is installed; whether it is, scripts/test-real has seen to. */
export function realAgent(name: AgentName): RealAgent {
  const binary = join(cacheFolder, name, "node_modules", ".bin", name);
  const { provider, version } = agents[name];
  return { name, provider, binary, version };
}

/** PATH of a shell in which nothing but this agent is installed. */
export function pathWith(agent: RealAgent): string {
  const folders = [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"];
  return [dirname(agent.binary), ...folders].join(":");
}
