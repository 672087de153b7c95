import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Writes what can be said of the providers we ship into one file, so that a list loads none of them. */
export async function writeProviderFacts({ dist }) {
  const { Catalogue, factsFile, placesInFacts } = await import(
    pathToFileURL(join(dist, "src", "provider", "discover.js")).href
  );
  const folder = join(dist, "providers");
  const file = join(folder, factsFile);
  rmSync(file, { force: true });
  const { providers, broken } = await new Catalogue(join(dist, "none"), folder).facts();
  if (broken.length > 0) throw new Error(`${broken[0].file}: ${broken[0].problem}`);
  const anywhere = (_, value) =>
    typeof value === "string"
      ? value.replace(process.execPath, placesInFacts.node).replace(folder, placesInFacts.providers)
      : value;
  const text = JSON.stringify(
    providers.map(({ facts }) => facts),
    anywhere,
  );
  // the package is installed elsewhere
  if (text.includes(dist)) throw new Error(`${factsFile} holds a path of this machine`);
  writeFileSync(file, text);
}
