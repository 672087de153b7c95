import { maxValueLength } from "./redaction/assignments.ts";
import { findSecrets, knownForms } from "./redaction/find-secrets.ts";
import { mark, type SecretSpan } from "./redaction/span.ts";

/**
 * Takes secrets out of a text: API keys and tokens of known shape, JSON web tokens, private keys,
 * `Authorization` headers, passwords in URLs, values assigned to names such as `password`, and
 * `known` values wherever they stand. Each becomes `[REDACTED:<kind>]`. Redacting twice changes
 * nothing; time is linear in the length. Terminal escapes inside a secret do not hide it; line
 * breaks that a program put into one do.
 * @param known secret values (of environment variables); those under 6 characters are ignored
 */
export function redact(text: string, known: readonly string[] = []): string {
  return replace(text, findSecrets(text, knownForms(known), false).spans);
}

/**
 * `redact` that keeps every length, for what a terminal draws: each character of a secret becomes an
 * asterisk, escapes among them stay.
 */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  let masked = "";
  let at = 0;
  for (const { from, to } of findSecrets(text, knownForms(known), false).spans) {
    masked += text.slice(at, from) + text.slice(from, to).replace(drawnCharacter, "$1*");
    at = to;
  }
  return masked + text.slice(at);
}

/** A character that is drawn, behind the escape sequences and control characters before it. */
const drawnCharacter =
  // oxlint-disable-next-line no-control-regex
  /((?:\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-Z\\^-~]|[\u0000-\u001f])*)[^\u0000-\u001f]/g;

/** `redact` for every string of a JSON value, also by the name a string stands under. */
export function redactJson<T>(value: T, known: readonly string[] = []): T {
  const forms = knownForms(known);
  const plain = (text: string): string => replace(text, findSecrets(text, forms, false).spans);
  const walk = (node: unknown, name: string): unknown => {
    if (typeof node === "string") return plainUnder(name, node, plain);
    if (Array.isArray(node)) return node.map((item) => walk(item, name));
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, walk(item, key)]));
  };
  return walk(value, "") as T;
}

/** What `"name": "value"` would become, as the value alone. */
function plainUnder(name: string, value: string, plain: (text: string) => string): string {
  if (/[^\w.-]/.test(name) || name.length > 64 || value.length > maxValueLength)
    return plain(value);
  const whole = plain(`${name}="${value.replace(/["\\\r\n]/g, "_")}"`);
  const start = name.length + 2;
  return whole.startsWith("[REDACTED:", start) &&
    whole.endsWith(']"') &&
    !whole.includes(" ", start)
    ? whole.slice(start, -1)
    : plain(value);
}

/** True for names of variables whose values belong into `known`. */
export function isSecretName(name: string): boolean {
  return (
    /(?:KEY|TOKEN|SECRET|PASSW(?:OR)?D|PASSPHRASE|PWD|CREDENTIALS?|AUTH)(?:_\w+)?$/i.test(name) &&
    !/^(?:OLD)?PWD$/.test(name)
  );
}

export interface Redactor {
  /** Takes the next piece, gives what can be decided by now. */
  push(text: string): string;
  /** Gives the rest. The redactor is over then. */
  end(): string;
}

export interface RedactorOptions {
  /**
   * A secret over several lines becomes one mark a line, and each line keeps its first character
   * where that is the `+`, `-` or blank of a diff, so that hunks keep their line counts.
   */
  readonly keepLines?: boolean;
}

/** Without a line break, decisions are put off over so many characters. */
const windowLength = 2 * maxValueLength;
/** What stays in view of text that is already out, for the names of values to come. */
const contextLength = 256;

/**
 * `redact` for a stream: however the text is cut into pieces, the joined output is the redacted
 * whole, except for single values longer than 16 Ki characters. Holds back at most the unfinished
 * line, 96 Ki characters of a line that does not end, and 64 Ki of an unfinished private key.
 */
export function createRedactor(
  known: readonly string[] = [],
  options: RedactorOptions = {},
): Redactor {
  const forms = knownForms(known);
  const longest = Math.max(0, ...forms.map((form) => form.length));
  const longestOverLines = Math.max(
    0,
    ...forms.filter((form) => form.includes("\n")).map((form) => form.length),
  );
  const hold = Math.max(windowLength, 2 * longest);
  /** What went out last, marks included: the rules look back at it. */
  let context = "";
  let pending = "";

  function take(more: boolean): string {
    const buffer = context + pending;
    const done = context.length;
    const { spans, openFrom } = findSecrets(buffer, forms, more);
    const cut = more ? safeCut(buffer, done, spans, openFrom) : buffer.length;
    if (cut <= done) return "";
    const due = spans.filter((span) => span.to > done && span.from < cut);
    const out = replace(buffer.slice(0, cut), due, done, options.keepLines ?? false);
    pending = buffer.slice(cut);
    context = buffer[cut - 1] === "\n" ? "" : (context + out).slice(-contextLength);
    return out;
  }

  /** Up to where nothing that may follow can change what was found. */
  function safeCut(
    buffer: string,
    done: number,
    spans: readonly SecretSpan[],
    openFrom: number | undefined,
  ): number {
    const tooLong = buffer.length - done > 3 * hold;
    let cut = Math.max(
      buffer.lastIndexOf("\n") + 1 - longestOverLines,
      tooLong ? buffer.length - hold : 0,
    );
    const lineOf = (at: number): number => buffer.lastIndexOf("\n", at - 1) + 1;
    // a key that is not complete yet changes how the line it begins in is read
    if (openFrom !== undefined && openFrom < cut) cut = lineOf(openFrom);
    for (;;) {
      const at = cut;
      const crossing = spans.find((span) => span.from < at && span.to > at);
      if (!crossing) return cut;
      // a secret over several lines makes its first and last line one
      cut = tooLong ? crossing.from : lineOf(crossing.from);
    }
  }

  return {
    push(text) {
      pending += text;
      const waits = !text.includes("\n") && pending.length <= 3 * hold;
      return waits ? "" : take(true);
    },
    end() {
      const rest = take(false);
      context = pending = "";
      return rest;
    },
  };
}

function replace(text: string, spans: readonly SecretSpan[], from = 0, keepLines = false): string {
  if (spans.length === 0) return from === 0 ? text : text.slice(from);
  let out = "";
  let at = from;
  for (const span of spans) {
    out += text.slice(at, Math.max(at, span.from));
    out += keepLines ? markLines(text.slice(span.from, span.to), span.kind) : mark(span.kind);
    at = Math.max(at, span.to);
  }
  return out + text.slice(at);
}

function markLines(secret: string, kind: string): string {
  return (
    mark(kind) +
    secret.slice(secret.search(/\n|$/)).replace(/\n([-+ ]?)[^\n]*/g, `\n$1${mark(kind)}`)
  );
}
