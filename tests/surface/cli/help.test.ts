import { expect, test } from "vitest";
import type { Command } from "../../../src/surface/cli/command.ts";
import { commands } from "../../../src/surface/cli/commands.ts";
import { commandPage, commandsPage, rootPage } from "../../../src/surface/cli/help.ts";
import { nouns } from "../../../src/surface/cli/nouns.ts";
import { putBuiltFields } from "../../support/built-fields.ts";

putBuiltFields();

const root = rootPage(commands, "1.0.0");
const rows = root.split("\n").map((line) => line.match(/^ {2}(\S+(?: \S+)?) {2,}(\S.*)$/));

test("the first page leads to every command, and is short enough to be read", () => {
  const texts = new Map(rows.flatMap((row) => (row ? [[row[1] ?? "", row[2] ?? ""]] : [])));
  const hidden = commands.filter(({ words }) => {
    const [noun = ""] = words.split(" ");
    return !texts.has(words) && !texts.has(`${noun} ...`);
  });

  expect(hidden.map(({ words }) => words)).toEqual([]);
  expect(root.split("\n").length).toBeLessThan(100);
  expect(root.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect([...texts.keys()].filter((key) => key.endsWith(" ...")).toSorted()).toEqual(
    Object.keys(nouns)
      .map((noun) => `${noun} ...`)
      .toSorted(),
  );
});

test("help commands has each command in a line of its own", () => {
  const page = commandsPage(commands);

  for (const { words } of commands) {
    expect(page).toMatch(new RegExp(`^  ${words} `, "m"));
  }
});

test("a page names no default that is an empty text", () => {
  const pages = commands.map((command: Command) => commandPage(command));

  expect(pages.filter((page) => /[(;]\s*default\s*\)/.test(page))).toEqual([]);
});

test("defaults of workers are told where they hold: scale leaves as it is what is not given", () => {
  const page = (words: string): string =>
    commands.filter((one) => one.words === words).map((one) => commandPage(one))[0] ?? "";

  expect(page("workers start")).toContain("Workers at most (default 4)");
  expect(page("workers scale")).toMatch(/Workers at most$/m);
});
