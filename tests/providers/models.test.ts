import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtInFolder, Catalogue } from "../../src/provider/discover.ts";
import { noModels } from "../../src/provider/models/model-list.ts";
import { describeProblem, parseModels } from "../../src/provider/models/parse-models.ts";

const folder = builtInFolder();
const catalogue = new Catalogue(join(folder, "none"), folder);
const shipped = readdirSync(folder)
  .map((id) => ({ id, file: join(folder, id, "models.json") }))
  .filter(({ file }) => existsSync(file));

describe.each(shipped)("the models of $id", ({ id, file }) => {
  const text = readFileSync(file, "utf8");
  const read = parseModels(text, noModels);

  test("are in order", () => {
    const problems = "problems" in read ? read.problems : [];
    expect(problems.map((problem) => describeProblem(file, problem))).toEqual([]);
  });

  test("say where they come from and since when, and are no heap of everything", () => {
    if ("problems" in read) throw new Error("the file is broken");
    expect(read.list.source).toMatch(/\w{3}/);
    expect(read.list.checked).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(read.list.models.length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(12_000);
  });

  test("have no effort that cannot be chosen, and the definition's default model", async () => {
    if ("problems" in read) throw new Error("the file is broken");
    const { options } = (await catalogue.get(id)).definition;
    const efforts = new Set(read.list.models.flatMap((model) => model.efforts ?? []));
    expect([...efforts].filter((effort) => !options.effort.includes(effort))).toEqual([]);
    const names = read.list.models.flatMap((model) => [model.id, ...model.aliases]);
    const chosen = options.defaultModel === undefined ? [] : [options.defaultModel];
    expect(names).toEqual(expect.arrayContaining(chosen));
  });
});

test("most providers we ship tell their models", () => {
  expect(shipped.length).toBeGreaterThan(4);
});
