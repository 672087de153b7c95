import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verbs } from "../../../providers/fake/directives.mjs";
import { knobs } from "../../../providers/fake/knobs.mjs";
import { personas } from "../../../providers/fake/personas.mjs";
import { providerFolder } from "./recordings.ts";

const notes = readFileSync(join(providerFolder, "notes.md"), "utf8");

/** Cells of every table row, by the first word of the first cell. */
const rows = notes
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );

function rowsOf(name: string): string[][] {
  return rows.filter(([first = ""]) => first.split(" ")[0] === `\`${name}\``);
}

test.each(Object.entries(knobs))("the notes tell of the option %s", (name, knob) => {
  expect(rowsOf(name)).toContainEqual([
    `\`${name}\``,
    knob.default,
    expect.any(String),
    knob.about,
  ]);
});

test.each(Object.entries(verbs))("the notes tell of the directive %s", (verb, { about }) => {
  expect(rowsOf(verb).map((row) => row[1])).toContain(about);
});

test.each(Object.entries(personas))("the notes tell of the persona %s", (name, { about }) => {
  const told = rowsOf(name).map((row) => row[1]?.startsWith(about));
  expect(told).toContain(true);
});

test("the notes tell of every fact the agent records", () => {
  const folder = join(providerFolder, "agent");
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const facts = new Set(
    [...source.matchAll(/(?:record\.add|recordBytes)\(\s*"(\w+)"/g)].map((match) => match[1] ?? ""),
  );
  const told = rows.map(([first]) => first).join(" ");

  expect(facts.size).toBeGreaterThan(25);
  expect([...facts].filter((fact) => !told.includes(`\`${fact}\``))).toEqual([]);
});
