import { describe, expect, test } from "vitest";
import { shownOf } from "../../../src/session/delivery/shown-text.ts";

function shown(draft: string, text: string, hiddenLines?: number): string {
  const composer = { draft, pastePlaceholder: false, line: "> " };
  return shownOf(hiddenLines === undefined ? composer : { ...composer, hiddenLines }, text, 200);
}

describe("a composer", () => {
  test("shows a text whole when only its blanks differ", () => {
    expect(shown("one two\n  three", "one\ntwo three")).toBe("whole");
    expect(shown("one two", "one two three")).toBe("part");
    expect(shown("", "one")).toBe("none");
    expect(shown(" ", " ")).toBe("whole");
  });

  test("that scrolls shows the end of a long text", () => {
    const text = Array.from({ length: 300 }, (_, n) => `line ${n} of the text`).join("\n");
    const end = text.split("\n").slice(-20).join("\n");
    expect(shown(end, text)).toBe("whole");
    expect(shown(end, text, 280)).toBe("whole");
    expect(shown(end.slice(0, -3), text)).toBe("part");
  });

  test("that scrolls over twice the lines holds the text twice", () => {
    const text = Array.from({ length: 300 }, (_, n) => `line ${n} of the text`).join("\n");
    const end = text.split("\n").slice(-20).join("\n");
    expect(shown(end, text, 580)).toBe("part");
    // long lines are broken, which makes more of them
    const long = `${"word ".repeat(4_000)}end`;
    expect(shown(long.slice(-3_800), long, 85)).toBe("whole");
    expect(shown(long.slice(-3_800), long, 190)).toBe("part");
  });

  test("may lose glyphs of a text whose width terminals disagree on", () => {
    const text = `wide 👩‍👩‍👧 ${"x👩‍👩‍👧é ".repeat(30)}the very end`;
    const drawn = text.replace("x👩‍👩‍👧é x", "x👩‍👩‍👧");
    expect(shown(drawn, text)).toBe("whole");
    expect(shown(drawn.slice(0, -9), text)).toBe("part");
    expect(shown("something else of the very end", text)).toBe("part");
    // without such characters every letter counts
    expect(shown("a text wihout one", "a text without one")).toBe("part");
  });
});
