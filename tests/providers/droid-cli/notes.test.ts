import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import droid from "../../../providers/droid-cli/provider.ts";
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

test("the catalogue knows every effort that can be chosen, and no other", () => {
  const { models } = JSON.parse(readFileSync(join(providerFolder, "models.json"), "utf8")) as {
    readonly models: readonly {
      readonly id: string;
      readonly efforts: readonly string[];
      readonly default_effort: string;
    }[];
  };
  expect(models.length).toBeGreaterThan(50);
  const efforts = new Set(models.flatMap((model) => model.efforts));
  expect([...efforts].toSorted()).toEqual([...droid.options.effort].toSorted());
  expect(models.filter((model) => !model.efforts.includes(model.default_effort))).toEqual([]);
});

test("the notes and every captured screen are of a version that was tried", () => {
  const { tried } = droid.binary;
  const notes = readFileSync(join(providerFolder, "notes.md"), "utf8");
  for (const version of tried) expect(notes).toContain(version);
  const heads = files
    .filter((file) => file.endsWith(".txt"))
    .map((file) => readFileSync(file, "utf8").split(",", 1)[0]);
  expect(new Set(heads)).toEqual(new Set(tried.map((version) => `droid ${version}`)));
});
