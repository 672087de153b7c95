import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLines, plainText, withoutDim } from "../../src/provider/ansi.ts";

const esc = "\u001b[";

function only(line: string): ReturnType<typeof parseLines>[number] {
  const [parsed] = parseLines([line]);
  if (!parsed) throw new Error("no line");
  return parsed;
}

/** The text of the dim parts. */
function dimOf(line: string): string[] {
  const parsed = only(line);
  return parsed.spans
    .filter((span) => span.dim)
    .map((span) => parsed.text.slice(span.from, span.to));
}

describe("the text of a captured line", () => {
  test("loses its escapes and trailing blanks", () => {
    expect(only(`${esc}38;5;75m>_ ${esc}1mName${esc}0m   `).text).toBe(">_ Name");
    expect(plainText(`${esc}2mdim${esc}0m `)).toBe("dim");
  });

  test("loses cursor movements, hyperlinks, titles and unfinished sequences", () => {
    expect(only(`a${esc}2Kb${esc}?25lc`).text).toBe("abc");
    expect(only("\u001b]8;;http://example.org\u001b\\link\u001b]8;;\u001b\\ x").text).toBe(
      "link x",
    );
    expect(only("\u001b]0;title\u0007after").text).toBe("after");
    expect(only("\u001bPq#0\u001b\\sixel").text).toBe("sixel");
    expect(only(`cut${esc}38;5`).text).toBe("cut");
    expect(only("end\u001b").text).toBe("end");
  });

  test("loses control characters and keeps a tab as a blank", () => {
    expect(only("a\u0000b\u0008c\td\u009f").text).toBe("abc d");
  });

  test("keeps wide, combining and broken characters as they are", () => {
    expect(only("日本 e\u0301 👩‍💻 \ud800x").text).toBe("日本 e\u0301 👩‍💻 \ud800x");
  });

  test("has no-break spaces as spaces, and the terminal's own beside it", () => {
    const line = only("❯\u00a0typed");
    expect(line.text).toBe("❯ typed");
    expect(line.raw).toBe("❯\u00a0typed");
  });

  test("has line-drawing letters as what they draw", () => {
    expect(only("\u000elqk\u000f lqk").text).toBe("┌─┐ lqk");
  });

  test("is cut where no terminal is that wide", () => {
    expect(only("x".repeat(50_000)).text).toHaveLength(1_000);
  });
});

describe("dim text", () => {
  test.each([
    ["plain", `a${esc}2mb${esc}0mc`, ["b"]],
    ["ended by 22", `${esc}2mb${esc}22mc`, ["b"]],
    ["ended by an empty SGR", `${esc}2mb${esc}mc`, ["b"]],
    ["ended by a leading empty parameter", `${esc}2mb${esc};1mc`, ["b"]],
    ["together with others", `${esc}0;1;2;4mb${esc}0m`, ["b"]],
    ["kept through colours", `${esc}2m${esc}38;5;1mb${esc}39;49mc`, ["bc"]],
  ])("is found: %s", (_name, line, dim) => {
    expect(dimOf(line)).toEqual(dim);
  });

  test.each([
    ["an indexed colour", `${esc}38;5;2mb`],
    ["a true colour", `${esc}38;2;2;2;2mb`],
    ["a background", `${esc}48;5;2mb`],
    ["an underline colour", `${esc}58;2;2;2;2mb`],
    ["colours with colons", `${esc}38:2::2:2:2mb`],
    ["an underline style", `${esc}4:2mb`],
    ["a private sequence", `${esc}>4;2mb`],
    ["a sequence with an intermediate", `${esc}2 mb`],
  ])("is not mistaken in %s", (_name, line) => {
    expect(dimOf(line)).toEqual([]);
  });

  test("after a colour in semicolons is still found", () => {
    expect(dimOf(`${esc}38;2;1;2;3;2mb`)).toEqual(["b"]);
    expect(dimOf(`${esc}38;5;1;2mb`)).toEqual(["b"]);
  });

  test("goes on in the next line until it is ended, as tmux writes it", () => {
    const [first, second] = parseLines([`a ${esc}2mhint`, `more${esc}0m end`]);
    expect(first?.spans).toMatchObject([{ from: 2, to: 6, dim: true }]);
    expect(second?.spans).toMatchObject([{ from: 0, to: 4, dim: true }]);
  });

  test("is left out of what was typed, with the cursor that stands on it", () => {
    const line = only(`❯ typed ${esc}7mR${esc}0;2mesend it${esc}0m`);
    expect(withoutDim(line, 2, line.text.length).trim()).toBe("typed");
  });

  test("leaves a cursor that stands on typed text alone", () => {
    const line = only(`❯ ty${esc}7mp${esc}0med`);
    expect(withoutDim(line, 2, line.text.length)).toBe("typed");
  });
});

test("no line makes it throw, and its spans lie in order", () => {
  const pieces = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom(
      esc,
      "m",
      ";",
      ":",
      "38",
      "5",
      "2",
      "7",
      "0",
      "\u001b]",
      "\u0007",
      "\u000e",
      "é",
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.array(pieces, { maxLength: 40 }), { maxLength: 5 }), (lines) => {
      for (const line of parseLines(lines.map((parts) => parts.join("")))) {
        expect(line.raw).toHaveLength(line.text.length);
        expect(line.text).not.toMatch(/\p{Cc}/u);
        let end = 0;
        for (const span of line.spans) {
          expect(span.from).toBeGreaterThanOrEqual(end);
          expect(span.to).toBeGreaterThan(span.from);
          end = span.to;
        }
      }
    }),
    { numRuns: 200 },
  );
});
