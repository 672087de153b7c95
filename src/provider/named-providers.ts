import { nearest } from "../domain/nearest.ts";
import type { Config, ConfigEntry } from "../platform/config/config.ts";

/** A name in the settings that no provider has. */
export interface UnknownProvider {
  /** Key it stands in, or under. */
  readonly entry: ConfigEntry;
  readonly message: string;
}

/**
 * Names of providers in the settings that are none: whoever denies `claud` has denied nobody.
 * @param known ids, aliases and presets
 */
export function unknownProviders(config: Config, known: readonly string[]): UnknownProvider[] {
  return config.entries.flatMap((entry) =>
    namesIn(entry)
      .filter((name) => !known.includes(name))
      .map((name) => {
        const near = nearest(name, known);
        const guess = near === undefined ? "" : `; did you mean ${near}?`;
        return { entry, message: `names "${name}", which is no provider${guess}` };
      }),
  );
}

function namesIn({ key, value }: ConfigEntry): readonly string[] {
  if (key === "policy.allowed_providers" || key === "policy.denied_providers") {
    return value as readonly string[];
  }
  if (key === "policy.max_parallel_per_provider") return Object.keys(value as object);
  const [section, id] = key.split(".");
  return section === "providers" && id !== undefined ? [id] : [];
}
