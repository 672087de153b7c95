import { createHash } from "node:crypto";

const pieces = [
  "plain words ",
  "tab\there ",
  "quote \"x\" 'y' `z` ",
  "$HOME #{x} ;\\ ",
  "äöü 日本語 🚀 ",
  "line\nbreak ",
  "!bang /slash @at #hash ",
];
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * A text of exactly so many bytes with awkward content. From 30 bytes on, nothing can confuse it
 * with another; shorter ones are letters, and two of them may be the same.
 */
export function awkwardText(number: number, bytes: number, random: () => number): string {
  const pick = (from: string | readonly string[]): string =>
    from[Math.floor(random() * from.length)] ?? "";
  const [head, tail] = [`send-${number}: `, `end-${number}`];
  let text = head;
  if (bytes < 30) {
    text = "";
    while (text.length < bytes) text += pick(letters);
    return text;
  }
  for (;;) {
    const piece = pick(pieces);
    if (Buffer.byteLength(text + piece + tail) > bytes) break;
    text += piece;
  }
  return `${text}${"x".repeat(bytes - Buffer.byteLength(text + tail))}${tail}`;
}

/** A size from 1 byte to `most`, every order of magnitude as often as any other. */
export function anySize(most: number, random: () => number): number {
  return Math.min(most, Math.floor(Math.exp(random() * Math.log(most + 1))));
}

/** As the scripted agent's record names a text. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
