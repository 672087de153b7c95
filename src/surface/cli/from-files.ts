import { join } from "node:path";
import { person } from "../../domain/principal.ts";
import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import { exec } from "../../platform/exec.ts";
import { configReader } from "../../platform/config/reader.ts";
import type { Home } from "../../platform/home.ts";
import { Catalogue } from "../../provider/discover.ts";
import { BinaryFinder } from "../../provider/find-binary.ts";
import { createProviderService } from "../../provider/provider-service.ts";
import type { CallRequest } from "../../rpc/wire.ts";
import * as files from "../../runtime/local/files.ts";
import { emptyStore } from "./empty-store.ts";
import { readerApp, withDefaults } from "./reader.ts";

/**
 * Answers an operation that needs nothing but files, in this process. The store is not opened, and
 * nobody is asked what lives.
 */
export async function readFromFiles(
  operation: Operation,
  request: CallRequest,
  options: { readonly home: Home; readonly version: string; readonly dist: string },
): Promise<unknown> {
  const { home, version, dist } = options;
  const app: App = {
    ...readerApp(emptyStore(), home, version),
    providers: createProviderService({
      catalogue: new Catalogue(home.providers, join(dist, "providers")),
      binaries: new BinaryFinder({ ...files, exec }, home.binaryCache),
      modelsFolder: home.models,
      config: configReader({ home, env: process.env }),
    }),
  };
  const output = await operation.run(
    {
      app,
      principal: person,
      idempotencyKey: "",
      signal: new AbortController().signal,
      env: request.env ?? {},
      cwd: request.cwd ?? process.cwd(),
      progress: () => undefined,
    },
    withDefaults(operation, request.input) as never,
  );
  return JSON.parse(JSON.stringify(output)) as unknown;
}
