import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createSignalReader,
  type TerminalSignal,
} from "../../../src/runtime/tmux/terminal-signals.ts";

const bell = { kind: "bell" } as const;
const title = (text: string): TerminalSignal => ({ kind: "title", title: text });

test.each<[string, string, TerminalSignal[]]>([
  ["a bell", "a\u0007b", [bell]],
  ["a title ended by BEL, which is no bell", "\u001b]0;work\u0007", [title("work")]],
  ["a title ended by ST", "\u001b]2;wörk ✳\u001b\\x\u0007", [title("wörk ✳"), bell]],
  ["an empty title", "\u001b]2;\u0007", [title("")]],
  ["an icon name, which is no title", "\u001b]1;icon\u0007", []],
  ["a hyperlink, which is no title", "\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\", []],
  ["a bell inside a device control string", "\u001bPq\u0007\u001b\\", []],
  ["colours and cursor moves", "\u001b[31;1mred\u001b[0m\u001b[2;5H\u001b(B", []],
  ["a title that is broken off by CAN", "\u001b]0;wor\u0018k\u0007", [bell]],
  ["a title broken off by another", "\u001b]0;a\u001b]0;b\u0007", [title("b")]],
  ["escapes in a row", "\u001b\u001b\u001b]0;a\u0007", [title("a")]],
])("%s", (_, text, signals) => {
  expect(createSignalReader().push(text)).toEqual(signals);
});

test("after a gap nothing of what came before it counts", () => {
  const reader = createSignalReader();
  reader.push("\u001b]0;half a ti");

  reader.reset();

  expect(reader.push("text\u0007")).toEqual([bell]);
});

test("a title without an end does not fill the memory", () => {
  const reader = createSignalReader();
  for (let i = 0; i < 100; i++) reader.push(`${i === 0 ? "\u001b]0;" : ""}${"x".repeat(1_000)}`);

  const [signal] = reader.push("\u0007");

  expect(signal?.kind === "title" && signal.title.length).toBeLessThan(6_000);
});

test("any split of any output gives the same signals", () => {
  const piece = fc.oneof(
    fc.constantFrom("\u001b", "]", "\\", "\u0007", "0;", "2;", "P", "[", "m", "\u0018", "text"),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      (parts, cuts) => {
        const text = parts.join("");
        const whole = createSignalReader().push(text);

        const reader = createSignalReader();
        const places = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
        const split = [...places, text.length].flatMap((end, i) => [
          ...reader.push(text.slice(places[i - 1] ?? 0, end)),
        ]);

        expect(split).toEqual(whole);
      },
    ),
    { numRuns: 1_000 },
  );
});
