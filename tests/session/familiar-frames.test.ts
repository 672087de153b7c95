import { expect, test } from "vitest";
import { FamiliarFrames } from "../../src/session/sources/familiar-frames.ts";

const spinner = (glyph: string, seconds: number, tokens: string): string =>
  `\u001b[46;1H\u001b[38;5;${seconds}m${glyph}\u001b[0m Working… (${seconds}s · ↓ ${tokens} · esc to interrupt)\u001b[K`;

function looked(frames: FamiliarFrames, outputs: readonly string[], news: boolean): void {
  for (const output of outputs) frames.isFamiliar(output);
  frames.look()({ news });
}

test("the next frames of a spinner that was looked at are familiar, whatever clock, glyph and colour", () => {
  const frames = new FamiliarFrames();
  expect(frames.isFamiliar(spinner("⠋", 1, "12 tokens"))).toBe(false);
  frames.look()({ news: false });

  expect(frames.isFamiliar(spinner("⠙", 9, "340 tokens"))).toBe(true);
  expect(frames.isFamiliar(spinner("✳", 61, "1.2 tokens"))).toBe(true);
});

test("other words are news, and so is everything after something new was found", () => {
  const frames = new FamiliarFrames();
  looked(frames, [spinner("⠋", 1, "1")], false);

  expect(frames.isFamiliar("\u001b[46;1HDo you want to proceed?\u001b[K")).toBe(false);
  frames.look()({ news: true });

  expect(frames.isFamiliar(spinner("⠋", 2, "1"))).toBe(false);
});

test("what was written after the look began is not known by it", () => {
  const frames = new FamiliarFrames();
  frames.isFamiliar("one");
  const end = frames.look();
  frames.isFamiliar("two");
  end({ news: false });

  expect(frames.isFamiliar("one")).toBe(true);
  expect(frames.isFamiliar("two")).toBe(false);
});

test("output of a kind that never repeats is never held", () => {
  const frames = new FamiliarFrames();
  const word = (n: number): string =>
    Array.from(String(n), (digit) => String.fromCharCode(97 + Number(digit))).join("");
  for (let n = 0; n < 500; n++) looked(frames, [`word ${word(n)}`], false);
  looked(frames, ["x".repeat(5_000)], false);

  expect(frames.isFamiliar("x".repeat(5_000))).toBe(false);
  expect(frames.isFamiliar(`word ${word(0)}`)).toBe(false);
  expect(frames.isFamiliar(`word ${word(499)}`)).toBe(true);
});
