import { z } from "zod";
import { operations } from "../../../../src/operations/index.ts";
import type { ManifestTool, McpManifest } from "../../../../src/surface/mcp/manifest.ts";
import { renderMcpManifest } from "../../../../src/surface/mcp/render-manifest.ts";

/** What the build renders from the real operations. */
export const manifest: McpManifest = renderMcpManifest(operations, z);

/** How many tools a host is offered that asks for no others. */
export const defaultTools = manifest.tools.filter((one) => one.toolset === "default").length;

export function tool(name: string): ManifestTool {
  const found = manifest.tools.find((one) => one.definition.name === name);
  if (!found) throw new Error(`no tool ${name}`);
  return found;
}
