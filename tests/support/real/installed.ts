/** Which real agent CLIs are installed for tests, and why one is not used. */
import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type AgentName = "codex" | "claude" | "opencode";

export interface InstalledAgent {
  readonly name: AgentName;
  /** Absolute path of the program, as a global npm install would give it. */
  readonly binary: string;
  readonly version: string;
}

/** Where `scripts/test-real` keeps what it installs; outside the repository. */
export const cacheFolder = join(
  process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
  "agentpool-test",
);

/** The agent, or the reason for which its tests have to be skipped. */
export async function findAgent(name: AgentName): Promise<InstalledAgent | string> {
  const wanted = process.env["AGENTPOOL_REAL_AGENTS"];
  if (wanted !== undefined && !wanted.split(",").includes(name)) {
    return `${name}: not asked for`;
  }
  const pinned = await pinnedVersion(name);
  const binary = join(cacheFolder, name, "node_modules", ".bin", name);
  try {
    await access(binary);
  } catch {
    return `${name} ${pinned} is not installed, run scripts/test-real`;
  }
  const { stdout } = await run(binary, ["--version"], {
    env: { PATH: nodePath(), HOME: cacheFolder },
    timeout: 20_000,
  });
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "";
  return version === pinned ? { name, binary, version } : `${name} is ${version}, not ${pinned}`;
}

/** PATH with nothing of the machine's own agents before the pinned one. */
export function nodePath(): string {
  return [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
}

async function pinnedVersion(name: AgentName): Promise<string> {
  const text = await readFile(new URL("./agents.json", import.meta.url), "utf8");
  const pins = JSON.parse(text) as { agents: Record<AgentName, { version: string }> };
  return pins.agents[name].version;
}
