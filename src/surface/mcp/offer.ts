import { instructions, sessionInstructions } from "./instructions.ts";
import { lockedDown } from "./lockdown-schema.ts";
import type { ToolDefinition } from "./manifest.ts";
import {
  listedTemplates,
  listResources,
  type ListedResource,
  type ListedTemplate,
} from "./listed-resources.ts";
import { listedPrompts, type ListedPrompt } from "./prompts.ts";
import type { Selection } from "./select-tools.ts";

type Nothing = Readonly<Record<string, never>>;

/** Everything about a server that does not change while it runs, in the words of the protocol. */
export interface Offer {
  readonly serverInfo: { readonly name: string; readonly title: string; readonly version: string };
  readonly capabilities: {
    readonly tools: Nothing;
    readonly resources?: { readonly subscribe: true };
    readonly prompts?: Nothing;
    readonly completions?: Nothing;
  };
  readonly instructions: string;
  /** Results of the list methods, by method. */
  readonly lists: {
    readonly "tools/list": { readonly tools: readonly ToolDefinition[] };
    readonly "resources/list": { readonly resources: readonly ListedResource[] };
    readonly "resources/templates/list": { readonly resourceTemplates: readonly ListedTemplate[] };
    readonly "prompts/list": { readonly prompts: readonly ListedPrompt[] };
  };
}

export type ListMethod = keyof Offer["lists"];

/** Hosts may keep lists and greeting for an hour: they last as long as this process does. */
export const cacheTtlMs = 3_600_000;

export function createOffer(selection: Selection, version: string): Offer {
  return {
    serverInfo: { name: "agentpool", title: "agentpool", version },
    capabilities: {
      tools: {},
      ...(selection.texts ? { resources: { subscribe: true }, prompts: {}, completions: {} } : {}),
    },
    instructions:
      selection.toolset === null
        ? instructions(selection.lockdown)
        : sessionInstructions(selection.toolset),
    lists: {
      "tools/list": { tools: selection.tools.map((tool) => presented(tool, selection)) },
      "resources/list": { resources: selection.texts ? listResources(selection.manifest) : [] },
      "resources/templates/list": { resourceTemplates: selection.texts ? listedTemplates : [] },
      "prompts/list": { prompts: selection.texts ? listedPrompts : [] },
    },
  };
}

function presented(
  tool: Selection["tools"][number],
  { outputSchemas, lockdown }: Selection,
): ToolDefinition {
  const { outputSchema, ...definition } = tool.definition;
  if (!outputSchemas || !outputSchema) return definition;
  if (!lockdown) return tool.definition;
  const omitted = [...tool.workerText, ...tool.workerValues];
  return { ...definition, outputSchema: lockedDown(outputSchema, omitted) };
}
