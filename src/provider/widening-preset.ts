import { wideningOption } from "../domain/starting-rights.ts";
import type { Catalogue } from "./discover.ts";

/** As `wideningOption`, of the options that come with the presets among these names of providers. */
export async function wideningPreset(
  catalogue: Pick<Catalogue, "all">,
  names: readonly string[],
): Promise<string | null> {
  const wanted = new Set(names.map((name) => name.trim().toLowerCase()));
  const { providers } = await catalogue.all();
  const found = providers.flatMap(({ definition: { presets = {}, options } }) =>
    Object.entries(presets).flatMap(([name, given]) =>
      wanted.has(name) ? (wideningOption(given, options.agentsMaySet) ?? []) : [],
    ),
  );
  return found[0] ?? null;
}
