import { join } from "node:path";
import type { AgentpoolError } from "../../domain/errors.ts";
import { configReader, type ConfigReader } from "../../platform/config/reader.ts";
import { exec } from "../../platform/exec.ts";
import type { Home } from "../../platform/home.ts";
import { Catalogue } from "../../provider/discover.ts";
import { BinaryFinder } from "../../provider/find-binary.ts";
import { createProviderService, type ProviderService } from "../../provider/provider-service.ts";
import { writeErr } from "./io.ts";
import * as files from "../../runtime/local/files.ts";

/** What is wrong with the settings is a warning where nothing is started by them. */
export function lenientConfig(home: Home): ConfigReader {
  return configReader({ home, env: process.env, onFault: warn });
}

/** What can be said of providers from files alone. `dist` is the folder of the built package. */
export function fileProviders(
  home: Home,
  dist: string,
  config: ConfigReader = lenientConfig(home),
): ProviderService {
  return createProviderService({
    catalogue: new Catalogue(home.providers, join(dist, "providers")),
    binaries: new BinaryFinder({ ...files, exec }, home.binaryCache),
    modelsFolder: home.models,
    config,
  });
}

function warn({ message, why, hint }: AgentpoolError): void {
  const rest = [why, hint].filter((one) => one !== undefined).map((one) => `\n  ${one}`);
  writeErr(`warning: ${message}; the rest of it holds${rest.join("")}\n`);
}
