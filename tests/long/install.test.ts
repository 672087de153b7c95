import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { pack, runInstaller } from "../support/packed.ts";
import { tempFolder } from "../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
};

test("scripts/install.sh installs the newest release by its name, and a version that is named", async () => {
  const { tarball } = pack();
  for (const wanted of [[], ["--version", version]]) {
    const prefix = join(tempFolder(), "prefix");

    const { stderr } = await runInstaller(tarball, prefix, ["--prefix", prefix, ...wanted]);

    expect(stderr).toContain(`installed agentpool ${version}`);
    const { stdout } = spawnSync(join(prefix, "bin", "agentpool"), ["--version"], {
      encoding: "utf8",
    });
    expect(stdout).toBe(`${version}\n`);
  }
}, 240_000);

test("what it cannot install is told with npm's words and a status of its own", async () => {
  const { tarball } = pack();
  const prefix = join(tempFolder(), "prefix");
  const run = (...args: readonly string[]) =>
    runInstaller(tarball, prefix, ["--prefix", prefix, ...args]);

  await expect(run("--version", "99.0.0")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm could not install agentpool@99.0.0"),
  });
  await expect(run("none.tgz")).rejects.toMatchObject({ code: 3 });
  await expect(run("--prefx")).rejects.toMatchObject({ code: 2 });
}, 120_000);
