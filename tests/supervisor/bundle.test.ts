// needs: tmux
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { supervisorCommand } from "../../src/supervisor/command.ts";
import { copyBuild } from "../support/build-copy.ts";
import { ensureBuilt } from "../support/built.ts";
import { asksSupervisor, cliHome } from "../support/cli-home.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

/** Whether V8 takes the code for the bundle, under the flags that a supervisor has. */
function isTaken(bundle: string, code: string): boolean {
  const [node = "", ...flags] = supervisorCommand("-e").slice(0, -1);
  const script = `
    require("v8").setFlagsFromString("--no-parallel-scavenge");
    const read = require("fs").readFileSync;
    const given = { cachedData: read(process.argv[2]) };
    process.stdout.write(String(new vm.Script(read(process.argv[1], "latin1"), given).cachedDataRejected));`;
  const { stdout } = spawnSync(node, [...flags, "-e", script, bundle, code], { encoding: "utf8" });
  return stdout === "false";
}

test("the first supervisor keeps machine code; one that runs it reads providers of one's own, whatever happens to its files", async () => {
  const build = join(tempFolder(), "build");
  const { bin } = copyBuild(build);
  const { home, run } = cliHome({ bin });
  const dist = join(build, "dist");
  const kept = (): string[] => readdirSync(dist).filter((name) => /^supervisor-.*bin$/.test(name));

  await run(asksSupervisor, { status: 3 });
  await waitFor(() => kept().length === 1);
  const [code = ""] = kept();
  expect(code).toContain(process.version);
  const isCodeTaken = (): boolean => isTaken(join(dist, "supervisor.cjs"), join(dist, code));
  expect(isCodeTaken()).toBe(true);
  await run(["supervisor", "stop"]);

  // as code that was made under other flags, which V8 takes as little
  writeFileSync(join(dist, code), "not code");
  await run(asksSupervisor, { status: 3 });
  await waitFor(isCodeTaken);
  await run(["supervisor", "stop"]);

  await run(asksSupervisor, { status: 3 });
  for (const part of ["operations", "orchestration", "session", "store", "supervisor"]) {
    rmSync(join(dist, "src", part), { recursive: true });
  }
  for (const file of ["supervisor.cjs", code]) rmSync(join(dist, file));
  mkdirSync(home.providers, { recursive: true });
  // V8 gives code from a cache no way to import(): it would say that it cannot be loaded
  writeFileSync(join(home.providers, "mine.mjs"), "export default {};\n");
  const { stderr } = await run(["spawn", "-p", "mine", "--task", "x"], { status: 2 });
  expect(stderr).toContain("mine.mjs defines no provider");
});
