import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Host {
  readonly id: string;
  readonly aliases?: readonly string[];
}

/**
 * The command that tells the agent CLI, as an MCP host, of agentpool; null where `mcp-config` knows
 * no host of that name. Matched by the hosts' own data, so that a new host edits nothing here.
 */
export function mcpSetupCommand(
  dist: string,
  names: readonly string[],
  relative = true,
): string | null {
  const file = join(dist, "src", "surface", "cli", "mcp-config", "hosts.json");
  if (!existsSync(file)) return null;
  const { hosts } = JSON.parse(readFileSync(file, "utf8")) as { readonly hosts: readonly Host[] };
  const host = hosts.find(({ id, aliases = [] }) =>
    names.some((name) => name === id || aliases.includes(name)),
  );
  if (!host) return null;
  return `agentpool mcp-config --client ${host.id} --install${relative ? "" : " --absolute-command"}`;
}
