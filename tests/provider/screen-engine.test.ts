import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Match, Region, ScreenFacts } from "../../src/provider/definition.ts";
import { explainScreen, readScreen } from "../../src/provider/read-screen.ts";
import { workedMs } from "../support/worked-ms.ts";
import { claude } from "./facts/claude.ts";
import { codex } from "./facts/codex.ts";
import { opencode } from "./facts/opencode.ts";
import { recorded, recordedNames } from "./recorded.ts";

function fits(lines: readonly string[], region: Region, match: Match, submitted?: RegExp): boolean {
  const facts: ScreenFacts = {
    ...codex,
    ...(submitted ? { submitted } : {}),
    rules: [{ id: "rule", shows: "busy", priority: 1, region, match }],
  };
  return readScreen(facts, { lines, title: "the title" }, null)?.busy ?? false;
}

describe("a region", () => {
  const lines = ["a", "b", "c", "", ""];

  test.each<[Region, string, boolean]>([
    ["screen", "a", true],
    ["title", "title", true],
    ["title", "a", false],
    [{ lastLines: 2 }, "c", true],
    [{ lastLines: 2 }, "a", false],
    [{ fromLast: /^b$/ }, "b", true],
    [{ fromLast: /^b$/ }, "c", true],
    [{ fromLast: /^b$/ }, "a", false],
    [{ fromLast: "^x$" }, "a", false],
    [{ lastRun: /^[ac]$/ }, "c", true],
    [{ lastRun: /^[ac]$/ }, "a", false],
    [{ lastRun: /^[bc]$/ }, "b", true],
    [{ lastRun: /^x$/ }, "a", false],
  ])("%j has %s: %s", (region, word, has) => {
    expect(fits(lines, region, { contains: word })).toBe(has);
  });

  test("turn lies between the last prompt and the composer", () => {
    const screen = ["> p1", "one", "> p2", "two", "› typed", "", "  gpt · /w"];
    const submitted = /^> /;
    expect(fits(screen, "turn", { contains: "two" }, submitted)).toBe(true);
    expect(fits(screen, "turn", { contains: "one" }, submitted)).toBe(false);
    expect(fits(screen, "turn", { contains: "typed" }, submitted)).toBe(false);
    expect(fits(screen, "turn", { contains: "p2" }, submitted)).toBe(false);
    expect(fits(["one", "two"], "turn", { contains: "one" }, submitted)).toBe(true);
  });
});

describe("a match", () => {
  const lines = ["alpha 1", "beta 2"];
  const yes: Match = { contains: "alpha" };
  const no: Match = { contains: "gamma" };

  test.each<[Match, boolean]>([
    [{ regex: /^beta \d$/ }, true],
    [{ regex: "^beta \\d$" }, true],
    [{ regex: /alpha.*beta/s }, false],
    [{ all: [yes, { contains: "beta" }] }, true],
    [{ all: [yes, no] }, false],
    [{ any: [no, yes] }, true],
    [{ any: [no] }, false],
    [{ not: no }, true],
    [{ not: yes }, false],
    [{ within: "title", match: { contains: "title" } }, true],
    [{ within: { lastLines: 1 }, match: yes }, false],
    [{ not: { within: { fromLast: /x/ }, match: { not: no } } }, true],
  ])("%j: %s", (match, holds) => {
    expect(fits(lines, "screen", match)).toBe(holds);
  });

  test("with the flags g or y holds every time it is asked", () => {
    for (const regex of [/alpha/g, /alpha/y]) {
      const seen = [1, 2, 3].map(() => fits(lines, "screen", { regex }));
      expect(seen).toEqual([true, true, true]);
    }
  });
});

test("no screen makes the engine throw, and the explanation gives the same reading", () => {
  const known = [codex, claude, opencode];
  const scraps = ["codex", "claude", "opencode"].flatMap((cli) =>
    recordedNames(cli).flatMap((name) => recorded(cli, name).lines.filter((line) => line !== "")),
  );
  const line = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...scraps) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
    { weight: 1, arbitrary: fc.constantFrom("", "❯ ", "› 1. ", "  ┃", "─".repeat(40), "⠋ x") },
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 50 }),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom(...known),
      (lines, title, facts) => {
        const reading = readScreen(facts, { lines, title }, "1.2.3");
        expect(explainScreen(facts, { lines, title }, "1.2.3").reading).toEqual(reading);
        for (const guard of reading?.dialogLines ?? []) expect(guard).not.toBe("");
      },
    ),
    { numRuns: 300 },
  );
});

test("a screen of 200 by 50 is read in well under a frame", () => {
  const dense = Array.from({ length: 50 }, (_, row) =>
    Array.from({ length: 40 }, (_, i) => `\u001b[38;5;${(row * i) % 256}mw${row}${i}\u001b[0m`)
      .join(" ")
      .padEnd(200, "x"),
  );
  const screens = [codex, claude, opencode].map((facts) => ({ facts, lines: dense }));
  const rounds = 50;
  const read = (): number =>
    workedMs(() => {
      for (let i = 0; i < rounds; i++) {
        for (const { facts, lines } of screens) readScreen(facts, { lines, title: "⠋ a" }, null);
      }
    }) /
    (rounds * screens.length);
  read();
  // the best of several runs says what it costs; the others, what the machine did besides
  expect(Math.min(read(), read(), read())).toBeLessThan(5);
});
