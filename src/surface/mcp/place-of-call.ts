import { isAbsolute } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { ManifestTool } from "./manifest.ts";

/**
 * Desktop hosts start their servers in `/` or in the home folder. A relative path, and a path left
 * out, would mean a place there that nobody thought of.
 * @throws invalid_input
 */
export function placeOfCall(
  tool: ManifestTool,
  input: Readonly<Record<string, unknown>>,
  where: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): void {
  if (!("repo_path" in tool.definition.inputSchema.properties)) return;
  const path = input["repo_path"] ?? ".";
  if (typeof path !== "string" || isAbsolute(path)) return;
  if (where.cwd !== "/" && where.cwd !== where.env["HOME"]) return;
  throw new AgentpoolError("invalid_input", `${tool.definition.name} needs an absolute repo_path`, {
    why: `This server runs in ${where.cwd}, which is no project.`,
    details: { fields: ["repo_path"] },
  });
}
