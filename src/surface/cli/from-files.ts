import { person } from "../../domain/principal.ts";
import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import type { Home } from "../../platform/home.ts";
import type { CallRequest } from "../../rpc/wire.ts";
import { emptyStore } from "./empty-store.ts";
import { fileProviders, lenientConfig } from "./file-providers.ts";
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
  const config = lenientConfig(home);
  const app: App = {
    ...readerApp(emptyStore(), home, version),
    config,
    providers: fileProviders(home, dist, config),
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
