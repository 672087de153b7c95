import { mergeConfig } from "../../../platform/config/config.ts";
import { configReader } from "../../../platform/config/reader.ts";
import type { Home } from "../../../platform/home.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { BinaryFinder } from "../../../provider/find-binary.ts";
import type { ProviderFacts } from "../../../provider/inventory.ts";
import { describeProblem } from "../../../provider/models/parse-models.ts";
import { createProviderService } from "../../../provider/provider-service.ts";
import { createLocalMachine } from "../../../runtime/local/machine.ts";
import type { Check } from "./check.ts";

/**
 * Every agent CLI known here: found, in which version, and whether that version was tried; and the
 * person's own files of providers and models that cannot be used.
 */
export async function checkProviders(
  home: Home,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const service = createProviderService({
    catalogue: new Catalogue(home.providers),
    binaries: new BinaryFinder(createLocalMachine(), home.binaryCache),
    modelsFolder: home.models,
    // a configuration that cannot be used is told by its own check
    config: () => configReader({ home, env })().catch(() => mergeConfig({})),
  });
  const [{ providers, broken }, models] = await Promise.all([
    service.inventory(env),
    service.validateModels(null, home.root),
  ]);
  const damaged = broken.map(({ file, problem }): Check => ({
    name: "provider file",
    status: "warn",
    message: `${file}: ${problem}`,
    repair: `Mend or remove it: ${file}`,
  }));
  const damagedModels = models
    .flatMap(({ file, problems }) => problems.slice(0, 1).map((problem) => ({ file, problem })))
    .map(({ file, problem }): Check => ({
      name: "models file",
      status: "warn",
      message: describeProblem(file, problem),
      repair: "agentpool models validate",
    }));
  return [...providers.map(checkProvider), ...damaged, ...damagedModels];
}

function checkProvider(provider: ProviderFacts): Check {
  const name = `provider ${provider.id}`;
  const { installed, binaryPath, version, warnings, binary } = provider;
  const how = provider.verified === "verified" ? [] : ["known from its documentation alone"];
  const what = installed ? `${version ?? "unknown version"}, ${binaryPath}` : "not installed";
  const message = [what, ...how, ...warnings].join("; ");
  const status = warnings.length === 0 ? "ok" : "warn";
  return installed ? { name, status, message } : { name, status, message, repair: binary.install };
}
