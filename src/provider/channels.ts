import type { Source } from "../domain/source.ts";
import type { ProviderDefinition } from "./definition.ts";

/** The structured channels a provider has, best first. */
export function channelsOf(definition: ProviderDefinition): Source[] {
  return [
    ...(definition.hooks ? (["hook"] as const) : []),
    ...(definition.api ? (["api"] as const) : []),
    ...(definition.log || definition.statusFile ? (["log"] as const) : []),
  ];
}
