import { mergeConfig } from "../../../platform/config/config.ts";
import { configReader } from "../../../platform/config/reader.ts";
import type { Home } from "../../../platform/home.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { BinaryFinder } from "../../../provider/find-binary.ts";
import { createProviderService, type ProviderService } from "../../../provider/provider-service.ts";
import { createLocalMachine } from "../../../runtime/local/machine.ts";

/** Asks about providers without a supervisor and without writing: what was asked is not remembered. */
export function readingProviders(
  home: Home,
  env: Readonly<Record<string, string | undefined>>,
): ProviderService {
  const nothing = (): Promise<void> => Promise.resolve();
  const machine = { ...createLocalMachine(), write: nothing, makeFolder: nothing };
  return createProviderService({
    catalogue: new Catalogue(home.providers),
    binaries: new BinaryFinder(machine, home.binaryCache),
    modelsFolder: home.models,
    // a configuration that cannot be used is told where it is looked at
    config: () => configReader({ home, env })().catch(() => mergeConfig({})),
  });
}
