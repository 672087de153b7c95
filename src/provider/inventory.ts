import type { BrokenProvider, Catalogue } from "./discover.ts";
import type { Config } from "../platform/config/config.ts";
import { withBinary, type BinaryFinder } from "./find-binary.ts";
import { binaryOf, type StaticFacts } from "./static-facts.ts";
import { untriedWarning } from "./version.ts";

export interface ProviderFacts extends StaticFacts {
  readonly origin: "built_in" | "user";
  /** Where the user's own definition lies; null for those we ship. */
  readonly file: string | null;
  /** False where the configuration switches it off; nothing is started of it then. */
  readonly enabled: boolean;
  readonly installed: boolean;
  readonly binaryPath: string | null;
  readonly version: string | null;
  /** The version found is another than those the facts were obtained with. */
  readonly untested: boolean;
  readonly warnings: readonly string[];
}

export interface Inventory {
  readonly providers: readonly ProviderFacts[];
  /** Files that define no provider; they hide none of the others. */
  readonly broken: readonly BrokenProvider[];
}

/**
 * Every provider known here, and which of their programs are there. A program is started only to
 * ask for a version that is not remembered, all of them at once.
 * @param env environment in which programs are looked for
 */
export async function takeInventory(
  { catalogue, binaries }: { readonly catalogue: Catalogue; readonly binaries: BinaryFinder },
  env: Readonly<Record<string, string>>,
  config: Config,
): Promise<Inventory> {
  const { providers, broken } = await catalogue.facts();
  const facts = providers.map(async (known): Promise<ProviderFacts> => {
    const { facts: one, file, origin, replacesBuiltIn } = known;
    const names = [one.id, ...(one.aliases ?? [])];
    const asked = withBinary(one, env, config.ofProvider(names, "binary"));
    const { found, rejected } = await binaries.find(binaryOf(one), asked);
    const enabled = config.ofProvider(names, "enabled");
    const untried =
      found === null
        ? null
        : untriedWarning({ id: one.id, tried: one.binary.tried }, found.version);
    return {
      ...one,
      origin,
      file: origin === "user" ? file : null,
      enabled,
      installed: found !== null,
      binaryPath: found?.path ?? null,
      version: found?.version ?? null,
      untested: untried !== null,
      warnings: [
        ...(enabled ? [] : [`providers.${one.id}.enabled is false: nothing is started`]),
        ...(replacesBuiltIn ? [`takes the place of the built-in ${one.id}: ${file}`] : []),
        ...(untried === null ? [] : [untried]),
        ...rejected.map(({ path, why }) => `${path} was passed over: ${why}`),
      ],
    };
  });
  return { providers: await Promise.all(facts), broken };
}
