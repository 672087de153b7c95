import { isReference, isWordCode, type SecretSpan } from "./span.ts";

const header = /authorization|\bbearer[ \t]/gi;
const afterHeader = /\\{0,3}["'`]?[ \t]{0,8}(?:=>|[:=,])[ \t]{0,8}\\{0,3}["'`]?/y;
const scheme = /(bearer|basic|token|apikey|jwt|bot|negotiate|ntlm)[ \t]{1,8}/iy;
/** Schemes whose credentials are a list of fields. */
const listScheme = /(?:digest|aws4-hmac-sha256|hawk|oauth|signature)[ \t]{1,8}[^\r\n]{1,4096}/iy;
const credentials = /[\w.~+/=%:@!*-]{1,4096}/y;

/** Finds credentials in `Authorization` headers, and `Bearer …` wherever it stands. */
export function findHeaders(text: string, found: SecretSpan[]): void {
  header.lastIndex = 0;
  for (let match = header.exec(text); match; match = header.exec(text)) {
    const isBare = match[0].length < 13;
    const span = isBare ? bareBearer(text, header.lastIndex) : headerValue(text, header.lastIndex);
    if (!span) continue;
    found.push(span);
    header.lastIndex = span.to;
  }
}

function headerValue(text: string, at: number): SecretSpan | undefined {
  afterHeader.lastIndex = at;
  if (!afterHeader.test(text)) return undefined;
  let from = afterHeader.lastIndex;
  listScheme.lastIndex = from;
  const list = listScheme.exec(text);
  if (list && /[=,]/.test(list[0])) {
    const blank = list[0].search(/[ \t]/);
    return { from: from + blank + 1, to: from + list[0].trimEnd().length, kind };
  }
  scheme.lastIndex = from;
  const named = scheme.test(text);
  if (named) from = scheme.lastIndex;
  const value = take(text, from);
  if (value === "" || isReference(value)) return undefined;
  // a call or an index: code, not a header
  if ("([".includes(text.charAt(from + value.length) || " ")) return undefined;
  const ends = /^["'`\\]?[ \t]{0,8}(?:$|[\r\n"'`\\,;})\]])/.test(
    text.slice(from + value.length, from + value.length + 12),
  );
  const telling = value.length >= 8 && /\d/.test(value);
  if (named ? !ends && !telling && value.length < 20 : !telling) return undefined;
  return { from, to: from + value.length, kind };
}

function bareBearer(text: string, at: number): SecretSpan | undefined {
  const value = take(text, at);
  if (value.length < 16 || !/\d/.test(value) || isReference(value)) return undefined;
  return { from: at, to: at + value.length, kind };
}

const kind = "authorization";

function take(text: string, from: number): string {
  credentials.lastIndex = from;
  return credentials.exec(text)?.[0] ?? "";
}

const authority = /[^ \t\n\v\f\r"'<>`\\/?#]{1,512}/y;
/** The same where somebody left a slash or hash of the password unescaped. */
const sloppyAuthority = /[^ \t\n\v\f\r"'<>`\\]{1,512}/y;

/** Finds the password in `scheme://user:password@host`. */
export function findUrlPasswords(text: string, found: SecretSpan[]): void {
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at)) {
    const from = at + 3;
    at = from;
    if (!isWordCode(text.charCodeAt(from - 4))) continue;
    const span = userInfo(text, from, authority) ?? sloppyUserInfo(text, from);
    if (!span) continue;
    found.push(span);
    at = span.to;
  }
}

function userInfo(text: string, from: number, pattern: RegExp): SecretSpan | undefined {
  pattern.lastIndex = from;
  const run = pattern.exec(text)?.[0] ?? "";
  const end = run.lastIndexOf("@");
  if (end <= 0) return undefined;
  const colon = run.indexOf(":");
  const start = colon >= 0 && colon < end ? colon + 1 : 0;
  const value = run.slice(start, end);
  if (value === "" || isReference(value)) return undefined;
  // a user without password is a name, unless it is a token
  const isToken = value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value);
  if (start === 0 && !isToken) return undefined;
  return { from: from + start, to: from + end, kind: "url_password" };
}

function sloppyUserInfo(text: string, from: number): SecretSpan | undefined {
  sloppyAuthority.lastIndex = from;
  const run = sloppyAuthority.exec(text)?.[0] ?? "";
  // `host:8080/a@b` has a port there, not a password
  if (!/^[^:/@?#]*:(?!\d{1,5}[/?#])[^:/?#]*[/?#]/.test(run)) return undefined;
  return userInfo(text, from, sloppyAuthority);
}
