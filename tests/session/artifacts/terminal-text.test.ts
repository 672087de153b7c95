import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TerminalText } from "../../../src/session/artifacts/terminal-text.ts";

function render(raw: string, size = { cols: 40, rows: 6 }): string {
  const text = new TerminalText(size);
  return text.write(Buffer.from(raw)) + text.rest();
}

describe("what a pane wrote reads as", () => {
  test.for([
    ["plain lines", "one\r\ntwo\r\n", "one\ntwo\n"],
    [
      "text without colours, titles and links",
      "\u001b]0;title\u0007\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\\r\n",
      "red link\n",
    ],
    ["the last state of a progress bar", " 10%\r 50%\r100%\r\ndone\r\n", "100%\ndone\n"],
    ["the rest of a longer line that was not erased", "abcdef\rxy\r\n", "xycdef\n"],
    ["a line that was erased and written anew", "abcdef\r\u001b[Kxy\r\n", "xy\n"],
    ["a corrected typing", "helo\b\bllo\r\n", "hello\n"],
    ["columns of tabs", "a\tb\r\n", "a       b\n"],
    [
      "lines redrawn from below",
      "wait 1\r\nbar 1\r\n\u001b[2A\u001b[Kwait 2\r\n\u001b[Kbar 2\r\n",
      "wait 2\nbar 2\n",
    ],
    ["a long line the terminal broke", `${"x".repeat(100)}\r\n`, `${"x".repeat(100)}\n`],
    ["wide and combining characters", "日本語 e\u0301 🙂\r\n", "日本語 e\u0301 🙂\n"],
    ["characters inserted and deleted", "abef\u001b[2D\u001b[2@cd\r\n", "abcdef\n"],
    ["repeated characters", "-\u001b[9b\r\n", "----------\n"],
    ["no runs of empty lines", "a\r\n\r\n\r\n\r\nb\r\n", "a\n\nb\n"],
    ["no half escape at the end", "a\r\n\u001b[3", "a\n"],
    ["no control characters", "a\u0000\u0007\u000e\u009bb\r\n", "ab\n"],
  ])("%s", ([, raw, expected]) => {
    expect(render(raw as string)).toBe(expected);
  });

  test("everything that scrolled off, in order, once", () => {
    const lines = Array.from({ length: 50 }, (_, n) => `line ${n}`);

    expect(render(lines.map((line) => `${line}\r\n`).join(""))).toBe(`${lines.join("\n")}\n`);
  });

  test("history that an inline program inserts above the part it redraws", () => {
    // the history scrolls in a region at the top while a box stays below it
    const insert = (line: string) => `\u001b[1;4r\u001b[4;1H\r\n${line}\u001b[r\u001b[5;1H`;
    const box = (tick: number) => `\u001b[5;1H\u001b[J> ask\r\nworking ${tick}`;
    const raw = Array.from({ length: 12 }, (_, n) => insert(`said ${n}`) + box(n)).join("");

    const text = render(raw);

    expect(text.match(/said \d+/g)).toEqual(Array.from({ length: 12 }, (_, n) => `said ${n}`));
    expect(text.match(/working \d+/g)).toEqual(["working 11"]);
  });

  test("a frame that is drawn again and again, once", () => {
    const frame = "\u001b[H\u001b[2JCPU\r\nMEM\r\nDISK";

    expect(render(frame.repeat(200))).toBe("CPU\nMEM\nDISK\n");
  });

  test("of frames with a clock only the first and what changed", () => {
    const frames = [1, 2, 3].map((n) => `\u001b[H\u001b[2Jtime ${n}\r\nall\r\nwell`).join("");

    expect(render(frames)).toBe("time 1\nall\nwell\ntime 2\ntime 3\n");
  });

  test("different pages one after the other, also where a line of them is the same", () => {
    expect(render("\u001b[H\u001b[2Jone\r\nok\u001b[H\u001b[2Jtwo\r\nok")).toBe(
      "one\nok\ntwo\nok\n",
    );
  });

  test("output once, though the program wipes the history and prints all of it again", () => {
    const said = Array.from({ length: 20 }, (_, n) => `said ${n}\r\n`);
    const again = (upTo: number) => `\u001b[2J\u001b[3J\u001b[H${said.slice(0, upTo).join("")}`;

    const text = render(said.slice(0, 12).join("") + again(14) + again(20));

    expect(text.match(/said \d+/g)).toEqual(said.map((line) => line.trim()));
  });

  test("the last page of a full-screen program, then what came after it", () => {
    const raw =
      "before\r\n\u001b[?1049h\u001b[Hpage one\u001b[2J\u001b[Hpage two\u001b[?1049l\r\nafter\r\n";

    expect(render(raw)).toBe("page one\npage two\nbefore\n\nafter\n");
  });
});

const bits = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(
    "\r\n",
    "\n",
    "\r",
    "\b",
    "\t",
    "\u001b[A",
    "\u001b[2B",
    "\u001b[5C",
    "\u001b[H",
    "\u001b[2J",
    "\u001b[3J",
    "\u001b[K",
    "\u001b[1K",
    "\u001b[J",
    "\u001b[2;4r",
    "\u001b[r",
    "\u001b[L",
    "\u001b[2M",
    "\u001b[S",
    "\u001b[T",
    "\u001b[?1049h",
    "\u001b[?1049l",
    "\u001bM",
    "\u001bD",
    "\u001b7",
    "\u001b8",
    "\u001bc",
    "\u001b[99999P",
    "\u001b[99999@",
    "\u001b[9999b",
    "\u001b[;H",
    "\u001b[0;0r",
    "\u001b]0;x",
    "\u0007",
    "\u001b[?25l",
    "\u001b[38;2;1;2;3m",
    "\u001b",
    "\u009b",
    "日",
  ),
);

test("any bytes, cut anywhere, give the same text, and what was given out never changes", () => {
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 60 }), fc.array(fc.nat(60)), (parts, sizes) => {
      const raw = Buffer.from(parts.join(""));
      const size = { cols: 20, rows: 5 };
      const whole = new TerminalText(size);
      const expected = whole.write(raw);

      const pieces = new TerminalText(size);
      let out = "";
      let at = 0;
      for (const length of sizes) {
        out += pieces.write(raw.subarray(at, at + length));
        pieces.rest();
        at += length;
      }
      out += pieces.write(raw.subarray(at));

      expect(out).toBe(expected);
      expect(pieces.rest()).toBe(whole.rest());
      // oxlint-disable-next-line no-control-regex
      expect(out + whole.rest()).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 500 },
  );
});
