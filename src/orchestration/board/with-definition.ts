import type { Capability } from "../../domain/task.ts";

/**
 * The id of the provider with this name; a name that is of none here stays, since agents outside of
 * agentpool have names of their own.
 */
export type DefinitionOf = (provider: string) => Promise<string>;

/** With the id of its provider: sessions of a preset are of that. */
export async function withDefinition(
  capability: Capability,
  definitionOf: DefinitionOf = (name) => Promise.resolve(name),
): Promise<Capability> {
  const { providerId } = capability;
  if (providerId === null) return capability;
  return { ...capability, providerId: await definitionOf(providerId) };
}
