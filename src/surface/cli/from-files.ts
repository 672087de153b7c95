import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import type { Home } from "../../platform/home.ts";
import type { CallRequest } from "../../rpc/wire.ts";
import { emptyStore } from "./empty-store.ts";
import { fileProviders, lenientConfig } from "./file-providers.ts";
import { readerApp } from "./reader.ts";
import { runHere } from "./run-here.ts";

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
  return runHere(operation, request, app);
}
