import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { nextSteps } from "../../../src/surface/cli/try/next-steps.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const style = createStyle(false, 80);

function installation(place: string): { readonly folder: string; readonly path: string } {
  const root = tempFolder();
  const path = join(root, "bin");
  mkdirSync(path);
  return { folder: join(root, place), path };
}

function linesFor(folder: string, env: Readonly<Record<string, string>>): string[] {
  return nextSteps({ env, dist: join(folder, "dist"), style }).split("\n");
}

test("a command on PATH is called by its name", () => {
  const { folder, path } = installation("clone");
  writeFileSync(join(path, "agentpool"), "", { mode: 0o755 });

  expect(linesFor(folder, { PATH: `/none:${path}` })[1]).toMatch(/^ {2}agentpool inventory {2}/);
});

test("from a clone it says how the command gets onto PATH", () => {
  const { folder, path } = installation("clone");

  const lines = linesFor(folder, { PATH: path });

  expect(lines[1]).toContain(`cd ${folder} && npm link`);
  expect(lines[2]).toMatch(/^ {2}agentpool inventory {2}/);
});

test("run by npx, or as a package of somebody's project, it is called by npx", () => {
  const { folder, path } = installation(join("node_modules", "agentpool"));
  expect(linesFor(folder, { PATH: path })[1]).toMatch(/^ {2}npx agentpool inventory/);

  // npx puts its own folder on PATH, which is gone afterwards
  writeFileSync(join(path, "agentpool"), "", { mode: 0o755 });
  const env = { PATH: path, npm_command: "exec" };
  expect(linesFor(folder, env)[1]).toMatch(/^ {2}npx agentpool inventory/);
});

test("the explanations stand in one column and the lines fit into 80", () => {
  const { folder, path } = installation(join("node_modules", "agentpool"));

  const steps = linesFor(folder, { PATH: path }).slice(1);

  const starts = steps.map((line) => line.search(/(?<= {2})\S[^ ]*( \S+)*$/));
  expect(new Set(steps.map((line) => line.length <= 85))).toEqual(new Set([true]));
  expect(new Set(starts).size).toBe(1);
});
