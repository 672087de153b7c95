import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { copyBuild } from "./build-copy.ts";
import { ensureBuilt } from "./built.ts";

/**
 * An installation for one test file whose supervisors end themselves at the instant that
 * `kill.json` in their home names; see programs/sabotage.mjs.
 */
export function killableBuild(): { readonly bin: string } {
  const folder = mkdtempSync(join(tmpdir(), "ap-"));
  let bin = "";
  beforeAll(() => {
    ensureBuilt();
    const supervisorLoads = join(import.meta.dirname, "programs", "sabotage.mjs");
    bin = copyBuild(join(folder, "copy"), { supervisorLoads }).bin;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get bin() {
      return bin;
    },
  };
}
