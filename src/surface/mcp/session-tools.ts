import { nameIn, sessionToolsets, type SessionToolset } from "../../domain/toolset.ts";
import type { JsonSchema, ManifestTool, McpManifest, ObjectSchema } from "./manifest.ts";
import type { Selection } from "./select-tools.ts";

/** The toolset a word names; undefined for none, and for a word that names none. */
export function readToolset(word: string | undefined): SessionToolset | undefined {
  return sessionToolsets.find((toolset) => toolset === word);
}

/**
 * What an agent is offered that belongs to a session with a toolset: those tools alone, by the names
 * of that toolset. Who asks is known, so that no argument says it; a call that says it all the same
 * reaches the supervisor, which refuses it unless it is true.
 */
export function selectForSession(manifest: McpManifest, toolset: SessionToolset): Selection {
  const tools = manifest.tools
    .flatMap((tool) => {
      const name = nameOf(tool, toolset);
      return name === undefined ? [] : [presented(tool, name, toolset)];
    })
    .toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  return {
    manifest: { tools },
    toolset,
    texts: false,
    tools,
    outputSchemas: false,
    lockdown: false,
  };
}

function nameOf(tool: ManifestTool, toolset: SessionToolset): string | undefined {
  const { operation, aliases, definition } = tool;
  const named = nameIn(toolset, { operation, tool: definition.name, aliases });
  if (named !== undefined) return named;
  return tool.toolset === "worker" || tool.toolset === toolset ? definition.name : undefined;
}

const identity = ["session_id", "agent"];

function presented(tool: ManifestTool, name: string, toolset: SessionToolset): ManifestTool {
  const { definition, aliases } = tool;
  const isWorkers = nameOf(tool, "worker") !== undefined;
  const { inputSchema } = definition;
  const hidden = isWorkers ? identity.filter((field) => field in inputSchema.properties) : [];
  return {
    ...tool,
    aliases: [...new Set([definition.name, ...aliases])].filter((one) => one !== name),
    unlisted: { ...tool.unlisted, ...pick(inputSchema.properties, hidden) },
    // what a session may do is settled by its toolset, and nobody sits before its agent
    confirm: null,
    links: [],
    definition: {
      ...definition,
      name,
      inputSchema: without(inputSchema, [...hidden, ...(toolset === "lead" ? ["confirm"] : [])]),
    },
  };
}

function without(schema: ObjectSchema, fields: readonly string[]): ObjectSchema {
  const keep = Object.keys(schema.properties).filter((field) => !fields.includes(field));
  const { required } = schema;
  return {
    ...schema,
    properties: pick(schema.properties, keep),
    ...(required ? { required: required.filter((field) => keep.includes(field)) } : {}),
  };
}

function pick(
  properties: Readonly<Record<string, JsonSchema>>,
  names: readonly string[],
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? {}]));
}
