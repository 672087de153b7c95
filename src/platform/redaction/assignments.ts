import { isReference, isWordCode, withoutOpaque, type SecretSpan } from "./span.ts";

/**
 * Secrets that are known by the name they are given: `PASSWORD=…`, `"token": "…"`, `api_key: …`.
 * Behind a colon or spaced equals sign an unquoted word is taken only where it can be nothing but
 * a value, because prose and code are full of `token: the next token`.
 */
const names = new RegExp(
  [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "client[_-]?secret",
    "secret[_-]?access[_-]?key",
    "access[_-]?key(?:[_-]?id)?",
    "secret[_-]?key",
    "private[_-]?key",
    "account[_-]?key",
    "auth[_-]?key",
    "signing[_-]?key",
    "encryption[_-]?key",
    "api[_-]?key",
    "secret",
    "token",
    "key",
  ].join("|"),
  "gi",
);

/** Further words of an upper-case name, as in `DB_PASSWORD_PROD`; others say it is no secret. */
const upperTail = /_(?:PROD|PRODUCTION|DEV|STAGING|TEST|LIVE|MAIN|OLD|NEW|BACKUP|\d{1,3})/y;
const anyTail = /[_-]?\d{1,3}|[_-](?:value|b64|base64)/iy;

const separator = /\\{0,3}["'`]?([ \t]{0,8})(:=|=>|[:=])(?![:=~])([ \t]{0,8})/y;
/** Between a name and its quoted value: a type, as in `token: string = "…"`. */
const typed = /[&*A-Za-z_][\w.<>|[\] ]{0,40}?[ \t]?=[ \t]{0,8}(?=["'`])/y;
const open = /[rbfuRBFU]{0,2}(\\{0,3}["'`])/y;

/** Bounded, so that a name repeated without blanks costs no quadratic time; see `endOf`. */
const wideRun = /[^ \t\n\v\f\r"'`]{1,128}/y;
const tightRun = /[^ \t\n\v\f\r"'`&;]{1,128}/y;
const wordRun = /[^ \t\n\v\f\r"'`&;,<>|]{1,128}/y;
const closers = ")]},.:;!?>";

/** Further than this a value reaches only by accident: a stray quote, text without any blank. */
export const maxValueLength = 16 * 1024;

type Class = "password" | "secret" | "key";

export function findAssignments(text: string, found: SecretSpan[]): void {
  names.lastIndex = 0;
  for (let match = names.exec(text); match; match = names.exec(text)) {
    const span = valueOf(text, match.index, match[0]);
    if (!span) continue;
    found.push(span);
    names.lastIndex = span.to;
  }
}

function valueOf(text: string, at: number, name: string): SecretSpan | undefined {
  const upper = isUpper(name) && !isLower(text.charCodeAt(at - 1));
  const kind = classOf(name, text, at, upper);
  if (kind === undefined) return undefined;

  let after = at + name.length;
  if (upper) after = advance(upperTail, text, after);
  after = advance(anyTail, text, after);

  separator.lastIndex = after;
  const between = separator.exec(text);
  if (!between) return flagValue(text, at, after, kind);
  const tight = between[1] === "" && between[3] === "" && between[2] === "=";
  let from = separator.lastIndex;
  from = advance(typed, text, from);

  const quoted = quotedValue(text, from, kind);
  if (quoted !== "none") return quoted;
  if (tight) return tightValue(text, from, kind, upper);
  return wordValue(text, from, kind, upper);
}

function classOf(name: string, text: string, at: number, upper: boolean): Class | undefined {
  const first = name.charAt(0).toLowerCase();
  if (name.length === 3 && first === "k") {
    // a bare `key` says nothing; `KEY` and `SOME_KEY` in capitals are how environments name secrets
    if (!upper) return isWordCode(text.charCodeAt(at - 1)) ? undefined : "key";
    return isWordCode(text.charCodeAt(at - 1)) ? undefined : "secret";
  }
  return first === "p" && !/key$/i.test(name) ? "password" : "secret";
}

function quotedValue(text: string, from: number, kind: Class): SecretSpan | undefined | "none" {
  open.lastIndex = from;
  const quote = open.exec(text)?.[1];
  if (quote === undefined) return "none";
  const start = open.lastIndex;
  const close = findClose(text, start, quote);
  // a string that ends on another line: its first word is taken
  const to = close ?? start + take(wideRun, text, start).length;
  const value = withoutOpaque(text.slice(start, to));
  if (value === "" || isReference(value) || isPlainWord(value)) return undefined;
  if (kind === "key" && !looksLikeKey(value)) return undefined;
  return { from: start, to: close ?? endOf(wideRun, text, to), kind: markOf(kind) };
}

/** Position of the quote that ends a string on the same line; escaped ones do not end it. */
function findClose(text: string, start: number, quote: string): number | undefined {
  const limit = Math.min(text.length, start + maxValueLength);
  const escapes = quote.length - 1;
  const character = quote.charCodeAt(escapes);
  let backslashes = 0;
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) return undefined;
    if (code === character && backslashes <= escapes) return at - backslashes;
    backslashes = code === 0x5c ? backslashes + 1 : 0;
  }
  return undefined;
}

/** `name=value` without blanks: everything up to the next blank or quote is the value. */
function tightValue(
  text: string,
  from: number,
  kind: Class,
  upper: boolean,
): SecretSpan | undefined {
  const run = upper ? wideRun : tightRun;
  const taken = take(run, text, from);
  const value = withoutOpaque(taken);
  if (value === "" || isElsewhere(value, kind)) return undefined;
  if (kind === "key" && !looksLikeKey(value)) return undefined;
  if (!upper && (isCode(value) || isNameOfSecret(value))) return undefined;
  return { from, to: endOf(run, text, from + taken.length), kind: markOf(kind) };
}

/** `name: value` or `name = value`: taken where the line holds nothing else, or where it looks secret. */
function wordValue(
  text: string,
  from: number,
  kind: Class,
  upper: boolean,
): SecretSpan | undefined {
  const taken = take(wordRun, text, from);
  const value = withoutOpaque(taken);
  if (value === "") return undefined;
  const to = from + taken.length;
  const isAlone = alone.test(text.slice(to, to + 16));
  if (/^[({[%]/.test(value) || !isSecretWord(value, kind, upper, isAlone)) return undefined;
  if (isElsewhere(value, kind) || isCode(value) || isNameOfSecret(value)) return undefined;
  return { from, to: endOf(wordRun, text, to), kind: markOf(kind) };
}

const alone =
  /^[)\]},.:;!?>]{0,3}["'`]?[ \t]{0,8}(?:$|[\r\n#|)\]}]|\/\/|\\[nr]|[;,][ \t]{0,8}(?:$|[\r\n]))/;

function isSecretWord(value: string, kind: Class, upper: boolean, isAlone: boolean): boolean {
  // hashes and UUIDs are the usual values of a mere `key`
  if (kind === "key") return looksLikeKey(value) && !/^[\da-f-]+$/i.test(value);
  if (kind === "password") {
    return isAlone ? !/^[A-Z][a-z]+$/.test(value) : value.length >= 6 && /\d/.test(value);
  }
  if (isAlone && upper) return true;
  if (looksRandom(value)) return true;
  return isAlone && value.length >= 8 && /\d/.test(value) && /[A-Za-z]/.test(value);
}

/** `--token value`: the flag's value stands behind a blank. */
function flagValue(text: string, at: number, after: number, kind: Class): SecretSpan | undefined {
  if (kind === "key" || (text[after] !== " " && text[after] !== "\t")) return undefined;
  const before = text.slice(Math.max(0, at - 24), at);
  if (!/(?:^|[\s"'`])--?(?:[a-z]+-){0,3}$/i.test(before)) return undefined;
  const from = after + 1;
  const quoted = quotedValue(text, from, kind);
  if (quoted !== "none") return quoted;
  const taken = take(wideRun, text, from);
  const value = withoutOpaque(taken);
  if (value.length < 6 || !/\d/.test(value) || value.startsWith("-")) return undefined;
  if (isElsewhere(value, kind)) return undefined;
  return { from, to: endOf(wideRun, text, from + taken.length), kind: markOf(kind) };
}

/** What a bare `key` names may be anything: random, and no name of a thing among others. */
function looksLikeKey(value: string): boolean {
  return looksRandom(value) && !isNumberedName(value);
}

/** `phase-01.task-02`, `review-10-architect`: words, with one small number in each part at most. */
function isNumberedName(value: string): boolean {
  return value.length <= 128 && numberedName.test(value);
}

const numberedName =
  /^[a-z_]+(?:-[a-z_]+)*(?:-\d{1,4}(?:-[a-z_]+)*)?(?:\.[a-z_]+(?:-[a-z_]+)*(?:-\d{1,4}(?:-[a-z_]+)*)?)*$/;

/** Long, and mixed as only random text is: digits among letters, or capitals all over. */
function looksRandom(value: string): boolean {
  if (value.length < 16) return false;
  let capitals = 0;
  let small = 0;
  let digits = 0;
  let run = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const isSmall = isLower(code);
    run = isSmall ? run + 1 : 0;
    // so long a run of small letters is a word
    if (run === 12) return false;
    if (isSmall) small++;
    else if (code >= 65 && code <= 90) capitals++;
    else if (code >= 48 && code <= 57) digits++;
  }
  const letters = small + capitals;
  if (digits >= 2 && letters >= 2) return true;
  return capitals * 4 >= value.length && capitals * 5 <= letters * 4;
}

const plainWords = new Set(
  (
    "string number boolean bool int integer float str bytes any unknown object null undefined none " +
    "nil true false yes no on off required optional default void never self this auto type text " +
    "bearer basic token password secret key value"
  ).split(" "),
);

/** A type, a literal or a word such as `required` is no secret. */
function isPlainWord(value: string): boolean {
  return plainWords.has(value.replace(/[?[\]]+$/, "").toLowerCase());
}

/** The value is no secret itself: a placeholder, a word of a language, read or kept elsewhere. */
function isElsewhere(value: string, kind: Class): boolean {
  // short numbers are counts, unless somebody really has such a password
  if (kind !== "password" && /^\d{1,5}$/.test(value)) return true;
  return isReference(value) || isPlainWord(value) || lookup.test(value) || isPath(value);
}

const lookup =
  /^(?:process\.env|import\.meta|os\.environ|os\.getenv|Deno\.env|env\.|ENV\[|secrets\.|vars\.|https?:\/\/)/;

/** Random base64 may begin with a slash too. */
function isPath(value: string): boolean {
  return /^(?:\.{1,2}|~)?\/[\w.-]*(?:\/[\w.-]+)*\/?$/.test(value) && !looksRandom(value);
}

/** A call, an index or a chain of names. */
function isCode(value: string): boolean {
  return (
    /^(?:await\.|new\.|!)?[A-Za-z_$][\w$]*(?:[.:?]+[A-Za-z_$][\w$]*)*[([]/.test(value) ||
    /^[A-Za-z_$][A-Za-z_$]*(?:\??\.[A-Za-z_$]+)+$/.test(value)
  );
}

/** `password=db_password`: a variable that is called like what it holds. */
function isNameOfSecret(value: string): boolean {
  return /^[A-Za-z_$.]*(?:passw(?:or)?d|passphrase|pwd|token|secret|key)$/i.test(value);
}

function markOf(kind: Class): string {
  return kind === "password" ? "password" : "secret";
}

/** The beginning of a value, without the brackets and stops behind it. */
function take(run: RegExp, text: string, from: number): string {
  run.lastIndex = from;
  const value = run.exec(text)?.[0] ?? "";
  if (isReference(value)) return value;
  let length = value.length;
  while (length > 0 && closers.includes(value.charAt(length - 1))) length--;
  return value.slice(0, length);
}

/** Where an accepted value ends, which may be beyond the part it was judged by. */
function endOf(run: RegExp, text: string, from: number): number {
  let to = from;
  for (let more = take(run, text, to); more !== ""; more = take(run, text, to)) {
    if (to - from > maxValueLength) break;
    to += more.length;
  }
  return to;
}

function advance(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function isUpper(name: string): boolean {
  return name === name.toUpperCase();
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}
