import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import devin from "../../../providers/devin-cli/provider.ts";
import { providerFolder } from "./recordings.ts";

const files = readdirSync(providerFolder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test("what was captured names no folder but those of a person called dev", () => {
  expect(files.length).toBeGreaterThan(70);
  const strange = files
    .filter((file) => /\.(?:txt|jsonl)$/.test(file))
    .flatMap((file) => {
      const homes = readFileSync(file, "utf8").match(/\/(?:home|root|Users|tmp)\/[\w.-]+/g) ?? [];
      return homes.filter((path) => path !== "/home/dev");
    });
  expect(strange).toEqual([]);
});

test("the notes and every captured screen are of a version that was tried", () => {
  const { tried } = devin.binary;
  const notes = readFileSync(join(providerFolder, "notes.md"), "utf8");
  for (const version of tried) expect(notes).toContain(version);
  const heads = files
    .filter((file) => file.endsWith(".txt"))
    .map((file) => readFileSync(file, "utf8").split(",", 1)[0]);
  expect(new Set(heads)).toEqual(new Set(tried.map((version) => `devin ${version}`)));
});
