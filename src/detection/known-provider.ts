import type { Home } from "../platform/home.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { Catalogue } from "../provider/discover.ts";

/** The definition of a provider by id, alias or preset. @throws provider_required, provider_not_found */
export async function definitionOf(home: Home, name: string): Promise<ProviderDefinition> {
  return (await new Catalogue(home.providers).get(name)).definition;
}

/** Every definition that can be loaded. */
export async function allDefinitions(home: Home): Promise<readonly ProviderDefinition[]> {
  return (await new Catalogue(home.providers).all()).providers.map(({ definition }) => definition);
}
