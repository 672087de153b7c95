// needs: tmux, git
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  npmWithoutRegistry,
  pathWith,
  sourceRepository,
  type PathOptions,
} from "../support/fresh-clone.ts";
import { cliEnvironment } from "../support/run-cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** One clone for all, so that it is built once. */
let clone = "";
beforeAll(() => {
  clone = sourceRepository(mkdtempSync(join(tmpdir(), "ap-")));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** Runs a script of the clone on a machine that has only so much. */
function onMachine(
  line: string,
  path: (folder: string) => PathOptions,
): SpawnSyncReturns<string> & { readonly folder: string } {
  const folder = tempFolder();
  const { without, instead } = path(folder);
  const result = spawnSync("sh", ["-c", line], {
    cwd: clone,
    encoding: "utf8",
    timeout: 250_000,
    env: cliEnvironment({
      home: join(folder, "home"),
      env: {
        HOME: folder,
        TMPDIR: folder,
        PATH: pathWith(join(folder, "bin"), {
          ...(without ? { without } : {}),
          instead: { npm: npmWithoutRegistry(quickSuite), ...instead },
        }),
      },
    }),
  });
  return { ...result, folder };
}

/** The suite itself is another test's business. */
const quickSuite = join(import.meta.dirname, "../support/programs/quick-suite.mjs");
const somebody = { id: "echo 1000", sudo: "exit 1" };

test("without tmux and the right to install it, scripts/try says the one command and ends", () => {
  const { status, stderr, stdout } = onMachine("scripts/try", () => ({
    without: ["tmux", "brew"],
    instead: { ...somebody, "apt-get": "echo refused >&2; exit 1" },
  }));

  expect(status).toBe(4);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(
    "tmux could not be installed from here. Type: sudo apt-get install -y tmux",
  );
  expect(stdout).toBe("");
});

test("without tmux and with rights, scripts/try installs it by apt and goes on", () => {
  const { status, stderr, stdout } = onMachine("scripts/try && command -v tmux", (folder) => {
    // the package manager that there is puts the program where it belongs
    const tmux = spawnSync("sh", ["-c", "command -v tmux"], { encoding: "utf8" }).stdout.trim();
    const install = `echo "$@" >> "${folder}/asked"; ln -s "${tmux}" "${folder}/bin/tmux"`;
    return { without: ["tmux"], instead: { id: "echo 0", "apt-get": install } };
  });

  expect(status, stderr).toBe(0);
  expect(stderr).toContain("tmux is missing; installing it");
  expect(stdout).toContain("The greeting is friendlier now");
  expect(stdout).toMatch(/\/bin\/tmux\n$/);
});

test("without tmux scripts/test runs the rest, and counts and names what it left out", () => {
  const { status, stdout, stderr } = onMachine("scripts/test", () => ({
    without: ["tmux", "brew"],
    instead: { ...somebody, "apt-get": "exit 1" },
  }));

  expect(stdout, stderr).toMatch(/^ {2}tmux +absent +not on PATH$/m);
  expect(stdout).toMatch(/^ {2}\d{3,} because: tmux absent$/m);
  expect(stdout).toContain("    tests/e2e/try.test.ts\n");
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^\d{2,} passed, 0 failed, \d{3,} skipped$/);
  expect(status).toBe(0);
});

test("AGENTPOOL_REQUIRE makes what is absent a failure", () => {
  const { status, stdout } = onMachine("AGENTPOOL_REQUIRE=tmux scripts/test", () => ({
    without: ["tmux", "brew"],
    instead: { ...somebody, "apt-get": "exit 1" },
  }));

  expect(stdout).toContain("FAILED: the engine tmux is absent");
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^\d+ passed, 1 failed, \d+ skipped$/);
  expect(status).toBe(1);
});

test.each([
  [
    "too old",
    (): PathOptions => ({
      instead: {
        node: `echo 'Object.defineProperty(process, "versions", { value: { node: "18.20.4" } })' > "$HOME/old.cjs"
[ "$1" = -v ] && echo v18.20.4 || exec "${process.execPath}" --require "$HOME/old.cjs" "$@"`,
      },
    }),
    "error: agentpool needs Node.js 20.19 or newer; this is v18.20.4 (node_too_old)",
  ],
  [
    "absent",
    (): PathOptions => ({ without: ["node", "nodejs"] }),
    "error: Node.js 20.19 or newer is needed, with npm (node_too_old)",
  ],
])("where Node is %s, both scripts say so and what to do", (_, path, message) => {
  for (const script of ["scripts/try", "scripts/test"]) {
    const { status, stderr } = onMachine(script, path);
    expect(status, script).toBe(4);
    expect(stderr).toContain(message);
    expect(stderr).toContain("  try: ");
  }
});
