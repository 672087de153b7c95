/** The bars: how often the state of an agent must be told right. docs/detection.md has the figures. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCorpus, splitOf, type Corpus } from "../../src/detection/corpus.ts";
import { evaluate, expectedOn } from "../../src/detection/evaluate.ts";
import { seededRandom } from "../../src/detection/random.ts";
import { Terminal } from "../../src/detection/terminal.ts";
import { judgeScreen } from "../../src/provider/judge-screen.ts";
import { Catalogue } from "../../src/provider/discover.ts";
import { plainText } from "../../src/provider/ansi.ts";

const root = join(import.meta.dirname, "../..");
const { providers } = await new Catalogue(join(root, "nowhere")).all();
const measured = providers
  .map(({ definition }) => definition)
  .filter(({ id }) => existsSync(join(root, "providers", id, "screens")));
const recorded = measured.filter(({ id }) => existsSync(join(root, "providers", id, "recordings")));
const corpora = new Map<string, Corpus>();

function corpusOf(id: string): Corpus {
  const corpus = corpora.get(id) ?? readCorpus(join(root, "providers", id));
  corpora.set(id, corpus);
  return corpus;
}

/** All are played by `detect eval`; a test that runs often plays one in three, never the same third. */
const played = (name: string): boolean => splitOf(`${name} in the suite`) === "held_out";

const named = (all: typeof measured): { id: string; definition: (typeof all)[number] }[] =>
  all.map((definition) => ({ id: definition.id, definition }));

test.each(named(measured))(
  "99.5 % of the frames of $id are read right by the screen alone, and no prose as a prompt",
  ({ id, definition }) => {
    const { frames } = corpusOf(id);
    const wrong = frames
      .map(({ name, label, screen, version }) => ({
        name,
        label,
        read: judgeScreen(definition.screen, screen, version).state,
      }))
      .filter(({ label, read }) => read !== expectedOn(definition, label));
    expect(wrong.length, JSON.stringify(wrong)).toBeLessThanOrEqual(frames.length * 0.005);
    const asked = wrong.filter(({ read }) => read.startsWith("awaiting"));
    expect(asked).toEqual([]);
  },
);

describe.each(named(recorded))("$id", ({ id, definition }) => {
  test("no turn looks idle for a second, and nothing asks that does not, however output comes", () => {
    const { replays } = evaluate(definition, corpusOf(id), {
      split: "all",
      random: seededRandom(id),
      plays: ({ name }) => played(name),
    });
    expect(replays.fused.moments).toBeGreaterThan(20);
    for (const by of ["screen", "fused"] as const) {
      const { falseIdle, falsePrompt, wrong } = replays[by];
      expect({ by, falseIdle, falsePrompt, wrong }).toMatchObject({
        falseIdle: 0,
        falsePrompt: 0,
      });
    }
    const { right, moments } = replays.fused;
    expect(right / moments).toBeGreaterThan(0.99);
  });

  test("a recording drawn by our terminal is the screen that tmux drew", () => {
    let frames = 0;
    const different: string[] = [];
    for (const { name, recording } of corpusOf(id).recordings.filter((one) => played(one.name))) {
      const terminal = new Terminal(recording);
      for (const event of recording.events) {
        if (event.kind === "output") terminal.write(event.text);
        if (event.kind !== "frame") continue;
        frames++;
        const texts = (lines: readonly string[]): string =>
          lines.map(plainText).join("\n").trimEnd();
        if (texts(terminal.screen.lines) !== texts(event.lines)) different.push(name);
      }
    }
    expect(frames).toBeGreaterThan(3);
    expect(different.length, [...new Set(different)].join(", ")).toBeLessThanOrEqual(frames * 0.02);
  });

  test("nothing in it is of the machine it was made on", () => {
    for (const { name, recording } of corpusOf(id).recordings) {
      const text = JSON.stringify(recording);
      expect(text, name).not.toMatch(/\/root\b|\/home\/|\/tmp\/|\.cache\//);
    }
  });
});

test("about a third is held out, by name alone", () => {
  const names = recorded.flatMap(({ id }) => corpusOf(id).recordings.map(({ name }) => name));
  const heldOut = names.filter((name) => splitOf(name) === "held_out").length;
  expect(heldOut / names.length).toBeGreaterThan(0.2);
  expect(heldOut / names.length).toBeLessThan(0.45);
  expect(splitOf("talk-80x24")).toBe(splitOf("talk-80x24"));
});

test("the page has the figures of the recordings that are there", () => {
  const page = readFileSync(join(root, "docs", "detection.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([\w-]+)` +\| +(\d+) +\| +(\d+) +\| +(\d+) /gm)];
  const told = new Map(rows.map(([, id = "", ...counts]) => [id, counts.map(Number)]));
  for (const { id } of recorded) {
    const { frames, recordings } = corpusOf(id);
    const heldOut = frames.filter(({ split }) => split === "held_out").length;
    const [shown = 0, shownHeldOut, shownRecordings] = told.get(id) ?? [];
    expect(
      { id, heldOut: shownHeldOut, recordings: shownRecordings },
      "node scripts/detection-page.mjs",
    ).toEqual({ id, heldOut, recordings: recordings.length });
    // single screens may have come since
    expect(shown).toBeLessThanOrEqual(frames.length);
  }
});
