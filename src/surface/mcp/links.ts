import { formatAddress } from "./addresses.ts";
import { sessionResources } from "./listed-resources.ts";
import type { ManifestTool } from "./manifest.ts";

export interface ResourceLink {
  readonly type: "resource_link";
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly mimeType: string;
}

/** Where more about the worker of a result can be read, instead of pasting it. */
export function linksOf(
  tool: ManifestTool,
  output: Readonly<Record<string, unknown>>,
): readonly ResourceLink[] {
  const id = output["session_id"] ?? (output["session"] as { id?: unknown } | undefined)?.id;
  if (typeof id !== "string") return [];
  return tool.links.map((part) => ({
    type: "resource_link",
    uri: formatAddress(part, id),
    name: `${id} ${part}`,
    title: sessionResources[part].title,
    mimeType: sessionResources[part].mimeType,
  }));
}
