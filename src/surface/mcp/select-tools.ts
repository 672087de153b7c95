import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import type { McpFlags } from "./flags.ts";
import type { ManifestTool, McpManifest } from "./manifest.ts";

/** Sets of tools a server can be asked to offer. */
export const toolsets: readonly string[] = [
  "default",
  "usage",
  "stats",
  "sessions",
  "leases",
  "worktrees",
  "approvals",
  "messages",
  "runs",
  "tasks",
  "worker",
  "lead",
];

/** What one server offers. */
export interface Selection {
  /** Everything there is, chosen or not. */
  readonly manifest: McpManifest;
  /** Of the session whose agent asks; null for anybody else. */
  readonly toolset: SessionToolset | null;
  /** Resources and prompts come with the default tools. */
  readonly texts: boolean;
  /** Sorted by name. */
  readonly tools: readonly ManifestTool[];
  readonly outputSchemas: boolean;
  /** No text of a worker reaches the host. */
  readonly lockdown: boolean;
}

/**
 * The tools of the wanted toolsets and the single tools wanted besides. A flag wins over its
 * name in the environment (`AGENTPOOL_MCP_TOOLSETS`, `AGENTPOOL_MCP_TOOLS`); lockdown holds when
 * either asks for it (`AGENTPOOL_MCP_LOCKDOWN`).
 * @throws invalid_config for a name nobody knows
 */
export function selectTools(
  manifest: McpManifest,
  flags: McpFlags,
  env: Readonly<Record<string, string | undefined>>,
): Selection {
  const known = toolsets;
  const named = wanted(flags.toolsets, env["AGENTPOOL_MCP_TOOLSETS"]);
  const names = wanted(flags.tools, env["AGENTPOOL_MCP_TOOLS"]);
  for (const toolset of named) {
    if (!known.includes(toolset)) throw unknown("toolset", toolset, known);
  }
  const single = names.map((name) => {
    const found = findTool(manifest.tools, name);
    if (found) return found;
    throw unknown(
      "tool",
      name,
      manifest.tools.map((tool) => tool.definition.name),
    );
  });
  const chosen = named.length > 0 ? named : ["default"];
  return {
    manifest,
    toolset: null,
    texts: chosen.includes("default"),
    tools: manifest.tools.filter((tool) => chosen.includes(tool.toolset) || single.includes(tool)),
    outputSchemas: flags.outputSchemas !== false,
    // neither of the two can take back what the other one asks for
    lockdown: isOn(env["AGENTPOOL_MCP_LOCKDOWN"]) || flags.lockdown === true,
  };
}

/** By its name or one of its other names. */
export function findTool(tools: readonly ManifestTool[], name: string): ManifestTool | undefined {
  return tools.find((tool) => tool.definition.name === name || tool.aliases.includes(name));
}

function wanted(flag: readonly string[] | undefined, value: string | undefined): readonly string[] {
  const words = flag ?? [value ?? ""];
  return words
    .flatMap((word) => word.split(","))
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function isOn(value: string | undefined): boolean {
  const word = (value ?? "").trim().toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  if (["", "0", "false", "no", "off"].includes(word)) return false;
  throw new AgentpoolError("invalid_config", `AGENTPOOL_MCP_LOCKDOWN is "${value}"`, {
    why: "It is not clear whether the text of workers may reach the host.",
    hint: "Set it to 1 or 0, or unset it.",
  });
}

function unknown(what: string, name: string, known: readonly string[]): AgentpoolError {
  const near = nearest(name, known);
  return new AgentpoolError("invalid_config", `No MCP ${what} "${name}"`, {
    why: `Known: ${known.join(", ")}.`,
    hint: near ? `Did you mean ${near}?` : `Name one of these ${what}s.`,
    details: { known },
  });
}
