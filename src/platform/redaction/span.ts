/** A secret inside a text, by UTF-16 positions; `to` is exclusive. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  /** Lower-case letters and `_` only: a digit or capital would make the mark itself look secret. */
  readonly kind: string;
}

export function mark(kind: string): string {
  return `[REDACTED:${kind}]`;
}

export const marks = /\[REDACTED:[a-z_]{1,30}\]/g;

/**
 * Stands for a piece of text that is already dealt with: an earlier mark, a known value, the find
 * of another rule. It ends words and is no value. A private-use character.
 */
export const opaque = "\uE000";

/** What is left of a value to judge. */
export function withoutOpaque(value: string): string {
  return value.includes(opaque) ? value.replaceAll(opaque, "") : value;
}

/** True where a token may begin: not in the middle of a word, unless an escape ends just there. */
export function startsWord(text: string, at: number): boolean {
  if (at === 0 || !isWordCode(text.charCodeAt(at - 1))) return true;
  const before = text.slice(Math.max(0, at - 3), at);
  return /\\[abfnrtv]$|%[0-9A-Fa-f]{2}$/.test(before);
}

export function isWordCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** Words of a value that stand for a secret kept elsewhere: variables, placeholders. */
const reference = new RegExp(
  [
    // nothing but inserted values and marks between them
    String.raw`^(?:\$\{[^}]*\}|[^\p{L}\p{N}]){1,5}$`,
    String.raw`^\$\([^)]*\)$`,
    String.raw`^\$\{\{.*\}\}$`,
    String.raw`^\$(?:[A-Z_][A-Z0-9_]*|[a-z_]+)$`,
    String.raw`^%[A-Za-z_]+%$`,
    String.raw`^\{\{?[^{}]*\}?\}$`,
    String.raw`^<[^<>]*>$`,
    String.raw`^[*\u2022.xX_-]+$`,
  ].join("|"),
  "u",
);

export function isReference(value: string): boolean {
  return reference.test(value);
}
