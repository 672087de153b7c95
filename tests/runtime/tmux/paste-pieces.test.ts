import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pastePieces } from "../../../src/runtime/tmux/paste-pieces.ts";
import { workedMs } from "../../support/worked-ms.ts";

const limit = { lines: 3, characters: 800 };

function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

const word = fc.constantFrom("a", "word ", "\n", "\r\n", "\r", "é", "e\u0301", "🙂", "👩‍👩‍👧", "🇨🇭");
const text = fc.array(word, { maxLength: 300 }).map((words) => words.join(""));

describe("the pieces of a text", () => {
  test("joined are the text, whatever it is", () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 16, max: 90 }),
        (t, l, c) => {
          const pieces = pastePieces(t, { lines: l, characters: c });
          expect(pieces.join("")).toBe(t);
          for (const piece of pieces) {
            expect(piece).not.toBe("");
            expect(piece.length).toBeLessThanOrEqual(c);
            expect(lineEnds(piece)).toBeLessThan(l);
            // no half of a pair at either end
            expect(piece).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("never split what is drawn as one character", () => {
    const family = "👩‍👩‍👧";
    const pieces = pastePieces(`x${family.repeat(40)}`, { lines: 3, characters: 30 });
    for (const piece of pieces) expect(piece.replaceAll(family, "").replace(/^x/, "")).toBe("");
  });

  test("end with their lines, so that no piece begins with a line end of the one before", () => {
    const lines = Array.from({ length: 10 }, (_, n) => `line ${n}\n`);
    expect(pastePieces(lines.join(""), limit)).toEqual([
      "line 0\nline 1\n",
      "line 2\nline 3\n",
      "line 4\nline 5\n",
      "line 6\nline 7\n",
      "line 8\nline 9\n",
    ]);
  });

  test.each([
    ["one\ntwo\nthree", 1],
    ["one\ntwo\nthree\n", 2],
    ["x".repeat(800), 1],
    ["x".repeat(801), 2],
    ["", 0],
  ])("%j makes %i", (short, count) => {
    expect(pastePieces(short, limit)).toHaveLength(count);
  });

  test("of a character longer than a piece are cut between its parts", () => {
    const zalgo = `a${"\u0301".repeat(100)}`;
    expect(pastePieces(zalgo, { lines: 3, characters: 16 }).join("")).toBe(zalgo);
  });

  test("of a megabyte are made in a moment", () => {
    const big = "a line of text, no more and no less\n".repeat(29_000);
    let pieces: readonly string[] = [];
    expect(workedMs(() => (pieces = pastePieces(big, limit)))).toBeLessThan(2_000);
    expect(pieces.join("")).toBe(big);
  });
});
