import type { SecretSpan } from "./span.ts";

/** A key block is looked for over so many characters; the largest real ones are a tenth of it. */
export const maxBlockLength = 64 * 1024;

const begin = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g;
const end = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/y;
/** One line of a block that was cut, behind the marks of a diff, quote or log: base64 or a header. */
const bodyLine = new RegExp(
  [
    String.raw`(?:\\r)?(?:\\n|\r?\n)[ \t>|+-]{0,8}(?:[A-Za-z0-9+/=]{16,128}`,
    String.raw`[A-Za-z0-9+/]{1,15}={1,2}(?![A-Za-z0-9])`,
    String.raw`[A-Z][\w-]{2,30}: [^\n\\]{1,200}`,
    // the empty line between headers and body
    String.raw`(?=(?:\\r)?(?:\\n|\r?\n)[ \t>|+-]{0,8}[A-Za-z0-9+/=]{16}))`,
  ].join("|"),
  "y",
);
const sameLine = /[A-Za-z0-9+/=]{16,4000}/y;

/**
 * Finds blocks of private keys, the cut ones included. Returns where a block begins whose end may
 * still come, when `more` text can follow.
 */
export function findPrivateKeys(
  text: string,
  found: SecretSpan[],
  more: boolean,
): number | undefined {
  begin.lastIndex = 0;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const from = match.index;
    const limit = from + maxBlockLength;
    const to = findEnd(text, begin.lastIndex, limit);
    if (to === undefined && more && limit > text.length) return from;
    const until = to ?? cutBlockEnd(text, begin.lastIndex, limit);
    if (until === begin.lastIndex) continue;
    found.push({ from, to: until, kind: "private_key" });
    begin.lastIndex = until;
  }
  return undefined;
}

function findEnd(text: string, from: number, limit: number): number | undefined {
  for (let at = from; ; at++) {
    at = text.indexOf("-----", at);
    if (at < 0 || at >= limit) return undefined;
    end.lastIndex = at;
    if (end.test(text)) return end.lastIndex;
    // another block begins: this one was cut
    if (text.startsWith("-----BEGIN ", at)) return undefined;
  }
}

function cutBlockEnd(text: string, from: number, limit: number): number {
  let to = advance(sameLine, text, from);
  for (;;) {
    const next = advance(bodyLine, text, to);
    if (next === to || next >= limit) return to;
    to = next;
  }
}

function advance(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
