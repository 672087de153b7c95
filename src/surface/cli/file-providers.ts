import { join } from "node:path";
import { configReader } from "../../platform/config/reader.ts";
import { exec } from "../../platform/exec.ts";
import type { Home } from "../../platform/home.ts";
import { Catalogue } from "../../provider/discover.ts";
import { BinaryFinder } from "../../provider/find-binary.ts";
import { createProviderService, type ProviderService } from "../../provider/provider-service.ts";
import * as files from "../../runtime/local/files.ts";

/** What can be said of providers from files alone. `dist` is the folder of the built package. */
export function fileProviders(home: Home, dist: string): ProviderService {
  return createProviderService({
    catalogue: new Catalogue(home.providers, join(dist, "providers")),
    binaries: new BinaryFinder({ ...files, exec }, home.binaryCache),
    modelsFolder: home.models,
    config: configReader({ home, env: process.env }),
  });
}
