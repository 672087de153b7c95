import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version of the package this module belongs to, from sources as from what was built. */
export function packageVersion(): string {
  return findPackage().version;
}

/** The folder of that package, where its README and its skills lie. */
export function packageFolder(): string {
  return findPackage().folder;
}

function findPackage(): { readonly folder: string; readonly version: string } {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        readonly name?: string;
        readonly version?: string;
      };
      if (found.name === "agentpool" && found.version) return { folder, version: found.version };
    } catch {
      // not here
    }
    if (folder === dirname(folder)) throw new Error("package.json of agentpool was not found");
  }
}
