import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, repository } from "./built.ts";

/**
 * The address under which a provider's file of a person's own imports the scripted agent: it is
 * tried by a plain Node, which reads what was built and not the sources.
 */
export function scriptedProvider(): string {
  if (!isBuilt) ensureBuilt();
  isBuilt = true;
  return pathToFileURL(join(repository, "dist/providers/fake/provider.js")).href;
}

let isBuilt = false;
