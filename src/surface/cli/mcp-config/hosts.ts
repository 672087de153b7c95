import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { nearest } from "../../../domain/nearest.ts";

/** How one MCP host is told of a server, as data. */
export interface McpHost {
  readonly id: string;
  readonly name: string;
  readonly aliases?: readonly string[];
  /** The version this was tried with; null when it is only documented. */
  readonly seen: string | null;
  /** Where its settings lie, `~` for the home. */
  readonly file: string | null;
  readonly format: "json" | "toml";
  readonly config: Readonly<Record<string, unknown>>;
  /** Its own command that adds a server. */
  readonly install?: readonly string[];
  readonly verify?: readonly string[];
  /** What opens the host and adds the server. */
  readonly link?: {
    readonly form: "base64" | "json";
    readonly begin: string;
    readonly config: Readonly<Record<string, unknown>>;
  };
  readonly steps: readonly string[];
}

/** @param dist folder of the built package */
export function readHosts(dist: string): readonly McpHost[] {
  const file = join(dist, "src", "surface", "cli", "mcp-config", "hosts.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { hosts: readonly McpHost[] }).hosts;
}

/** By id or one of its other names. @throws invalid_input */
export function findHost(hosts: readonly McpHost[], name: string): McpHost {
  const wanted = name.toLowerCase();
  const found = hosts.find(({ id, aliases }) => id === wanted || aliases?.includes(wanted));
  if (found) return found;
  const known = hosts.map(({ id }) => id);
  const near = nearest(wanted, known);
  throw new AgentpoolError("invalid_input", `No MCP host "${name}" is known`, {
    why: `Known: ${known.join(", ")}.`,
    hint: `agentpool mcp-config --client ${near ?? "generic"}`,
    details: { supported_clients: known },
  });
}
