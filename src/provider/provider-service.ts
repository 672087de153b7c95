import { isAbsolute, resolve } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";
import type { ConfigReader } from "../platform/config/reader.ts";
import type { Catalogue } from "./discover.ts";
import type { BinaryFinder } from "./find-binary.ts";
import { takeInventory, type Inventory } from "./inventory.ts";
import type { ModelProblem } from "./models/parse-models.ts";
import {
  checkFile,
  readModels,
  strayModels,
  type BrokenModels,
  type ReadModels,
} from "./models/read-models.ts";

/** Everything that is asked about providers without starting an agent; it needs files alone. */
export interface ProviderService {
  /** Every provider known here, built-in and the user's own. */
  inventory(env: Readonly<Record<string, string>>): Promise<Inventory>;
  /**
   * The models of one provider by any of its names, or of all. No CLI is started.
   * @throws provider_not_found, provider_required
   */
  models(provider: string | null): Promise<{
    readonly providers: readonly ReadModels[];
    /** A person's files that belong to no provider. */
    readonly strays: readonly BrokenModels[];
  }>;
  /**
   * Checks a file of models, or all there are.
   * @throws invalid_config where there is no such file
   */
  validateModels(
    file: string | null,
    cwd: string,
  ): Promise<
    readonly {
      readonly file: string;
      readonly problems: readonly ModelProblem[];
    }[]
  >;
}

export function createProviderService(parts: {
  readonly catalogue: Catalogue;
  readonly binaries: BinaryFinder;
  /** `<home>/models` */
  readonly modelsFolder: string;
  readonly config: ConfigReader;
}): ProviderService {
  const { catalogue, modelsFolder, config } = parts;

  async function models(provider: string | null): ReturnType<ProviderService["models"]> {
    const places = await catalogue.places();
    const id = provider === null ? null : await idOf(provider);
    const wanted = id === null ? places : places.filter((place) => place.id === id);
    const more = (await config()).get("model_catalog_paths");
    return {
      providers: await Promise.all(wanted.map((place) => readModels(place, modelsFolder, more))),
      strays: id === null ? await strayModels({ providers: places, userFolder: modelsFolder }) : [],
    };
  }

  /** Aliases stand in the definitions, which are loaded only for what is no id. */
  async function idOf(name: string): Promise<string> {
    if ((await catalogue.ids()).includes(name)) return name;
    return (await catalogue.get(name)).definition.id;
  }

  return {
    inventory: async (env) => takeInventory(parts, env, await config()),
    models,
    validateModels: async (given, cwd) => {
      if (given === null) {
        const { providers, strays } = await models(null);
        const sound = providers.flatMap(({ files }) =>
          files.map((file) => ({ file, problems: [] })),
        );
        return [...sound, ...providers.flatMap(({ broken }) => broken), ...strays];
      }
      const file = isAbsolute(given) ? given : resolve(cwd, given);
      const problems = await checkFile(file, await catalogue.places());
      if (problems !== undefined) return [{ file, problems }];
      throw new AgentpoolError("invalid_config", `${file} does not exist`, {
        hint: "agentpool models validate checks all there are.",
      });
    },
  };
}
