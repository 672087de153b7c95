import type { Home } from "../../../platform/home.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { BinaryFinder } from "../../../provider/find-binary.ts";
import { untriedWarning } from "../../../provider/version.ts";
import { createLocalMachine } from "../../../runtime/local/machine.ts";
import type { Check } from "./check.ts";

/** Every agent CLI known here: found, in which version, and whether that version was tried. */
export async function checkProviders(
  home: Home,
  env: Readonly<Record<string, string>>,
): Promise<Check[]> {
  const finder = new BinaryFinder(createLocalMachine(), home.binaryCache);
  const { providers, broken } = await new Catalogue(home.providers).all();
  const checks = await Promise.all(
    providers.map(async ({ definition }): Promise<Check> => {
      const name = `provider ${definition.id}`;
      const { found, rejected } = await finder.find(definition, env);
      if (!found) {
        const passed = rejected.map(({ path, why }) => `; passed over ${path}: ${why}`).join("");
        return {
          name,
          status: passed === "" ? "ok" : "warn",
          message: `not installed${passed}`,
          repair: definition.binary.install,
        };
      }
      const untried = untriedWarning(
        { id: definition.id, tried: definition.binary.tried },
        found.version,
      );
      const what = `${found.version ?? "unknown version"}, ${found.path}`;
      return untried === null
        ? { name, status: "ok", message: what }
        : { name, status: "warn", message: `${what}; ${untried}` };
    }),
  );
  const damaged = broken.map(({ file, problem }): Check => ({
    name: "provider file",
    status: "warn",
    message: `${file}: ${problem}`,
    repair: `Mend or remove it: ${file}`,
  }));
  return [...checks, ...damaged];
}
