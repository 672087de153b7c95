import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import codex from "../../../providers/codex-cli/provider.ts";
import { providerFolder } from "./recordings.ts";

const files = readdirSync(providerFolder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test("what was captured names no folder but that of a person called dev", () => {
  expect(files.length).toBeGreaterThan(70);
  const strange = files
    .filter((file) => /\.(?:txt|jsonl)$/.test(file))
    .filter((file) => {
      const text = readFileSync(file, "utf8");
      const homes = text.match(/\/(?:home|root|Users|tmp)\/[\w.-]+/g) ?? [];
      // `/root` is also what the agent calls its first thread
      return homes.some((path) => !/^\/(?:home\/dev|root\/sub)$/.test(path));
    });
  expect(strange).toEqual([]);
});

test("the catalogue knows every effort that can be chosen, and no other", () => {
  const { models } = JSON.parse(readFileSync(join(providerFolder, "models.json"), "utf8")) as {
    readonly models: readonly { readonly id: string; readonly efforts: readonly string[] }[];
  };

  expect(models.length).toBeGreaterThan(5);
  const efforts = new Set(models.flatMap((model) => model.efforts));
  expect([...efforts].toSorted()).toEqual([...codex.options.effort].toSorted());
});

test("the notes and every captured screen are of a version that was tried", () => {
  const { tried } = codex.binary;
  const notes = readFileSync(join(providerFolder, "notes.md"), "utf8");
  const screens = files.filter((file) => file.endsWith(".txt"));

  for (const version of tried) expect(notes).toContain(version);
  const heads = screens.map((file) => readFileSync(file, "utf8").split(",", 1)[0]);
  expect(new Set(heads)).toEqual(new Set(tried.map((version) => `codex-cli ${version}`)));
});
