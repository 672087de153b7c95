import { AgentpoolError } from "./errors.ts";

/**
 * Paths and patterns of them, as text with `/` between names. `*` and `?` stand for characters of
 * one name, `**` for any names, `{a,b}` for either; a backslash takes a character as it is. Square
 * brackets mean nothing: frameworks name files with them. `src/**` is that folder with all below it.
 */

const longestPattern = 4_096;
const mostAlternatives = 64;

/** Whether the text holds a wildcard. */
export function isPattern(text: string): boolean {
  return /^(?:[^\\*?{]|\\.)*[*?{]/s.test(text);
}

/** The pattern that stands for this path alone, whatever characters it has. */
export function literal(path: string): string {
  return path.replace(/[\\*?{}]/g, "\\$&");
}

/** The names before the first one with a wildcard, and the rest. */
export function splitPattern(pattern: string): {
  readonly fixed: string;
  readonly rest: string;
} {
  const names = pattern.split("/");
  const at = names.findIndex(isPattern);
  if (at < 0) return { fixed: pattern, rest: "" };
  // a brace may span several names
  return { fixed: names.slice(0, at).join("/"), rest: names.slice(at).join("/") };
}

/**
 * Without `.`, `..`, doubled and trailing slashes.
 * @throws invalid_input when `..` follows a wildcard, or leads above the root
 */
export function tidy(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") {
      names.push(name);
      continue;
    }
    const left = names.pop();
    if (left === undefined || isPattern(left)) {
      throw wrong(path, left === undefined ? "it leads above the root" : "`..` follows a wildcard");
    }
  }
  return `${path.startsWith("/") ? "/" : ""}${names.join("/")}`;
}

/** Whether some path is meant by both. @throws invalid_input */
export function overlaps(a: string, b: string): boolean {
  if (a === b) return true;
  const others = compile(b);
  return compile(a).some((one) => others.some((other) => meet(one, other)));
}

/** Whether one of the patterns means this file, or a folder it lies in. @throws invalid_input */
export function isCovered(file: string, patterns: readonly string[]): boolean {
  const meant = literal(file);
  return patterns.some((pattern) => overlaps(`${pattern}/**`, meant));
}

/** A name as the characters it asks for: `=x` is the character x. */
type Name = readonly string[];
/** Null stands for any number of names. */
type Names = readonly (Name | null)[];

/** Its alternatives. @throws invalid_input */
export function compile(pattern: string): readonly Names[] {
  if (pattern.length > longestPattern) throw wrong(pattern, `it is over ${longestPattern} long`);
  return expand(pattern).map((one) =>
    one
      .split("/")
      .filter((name) => name !== "")
      .map((name) => (name === "**" ? null : toName(name))),
  );
}

function toName(name: string): Name {
  return Array.from(name.matchAll(/\\(.)|([*?])|(.)/gsu), ([, escaped, wildcard, plain]) =>
    wildcard === undefined ? `=${escaped ?? plain ?? ""}` : wildcard,
  );
}

function expand(pattern: string): string[] {
  const found: string[] = [];
  const open = [pattern];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const braces = firstBraces(one);
    if (!braces) found.push(one);
    else {
      const { before, choices, after } = braces;
      open.push(...choices.map((choice) => before + choice + after));
    }
    if (found.length + open.length > mostAlternatives) {
      throw wrong(pattern, `it has more than ${mostAlternatives} alternatives`);
    }
  }
  return found;
}

/** The first braces with a comma in them; others are characters like any. */
function firstBraces(text: string): {
  readonly before: string;
  readonly choices: readonly string[];
  readonly after: string;
} | null {
  for (let start = 0; start < text.length; start++) {
    if (text[start] === "\\") start++;
    else if (text[start] === "{") {
      const inner = choicesFrom(text, start);
      if (inner) return { before: text.slice(0, start), ...inner };
    }
  }
  return null;
}

function choicesFrom(
  text: string,
  start: number,
): { readonly choices: readonly string[]; readonly after: string } | null {
  const choices: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (letter === "\\") at++;
    else if (letter === "{") depth++;
    else if (letter === "," && depth === 1) {
      choices.push(text.slice(from, at));
      from = at + 1;
    } else if (letter === "}" && --depth === 0) {
      if (choices.length === 0) return null;
      return { choices: [...choices, text.slice(from, at)], after: text.slice(at + 1) };
    }
  }
  return null;
}

/** Whether both can stand for the same names. */
function meet(a: Names, b: Names): boolean {
  return canAgree(a, b, {
    isAny: (name) => name === null,
    agree: (one, other) => one !== null && other !== null && namesMeet(one, other),
  });
}

function namesMeet(a: Name, b: Name): boolean {
  return canAgree(a, b, {
    isAny: (part) => part === "*",
    agree: (one, other) => one === other || one === "?" || other === "?",
  });
}

/** Whether two rows, in which some parts stand for any number of parts, have a common reading. */
function canAgree<T>(
  a: readonly T[],
  b: readonly T[],
  parts: {
    readonly isAny: (part: T) => boolean;
    readonly agree: (one: T, other: T) => boolean;
  },
): boolean {
  // reached[j]: the first i parts of a and the first j of b can be read alike
  let reached = Array.from({ length: b.length + 1 }, () => false);
  for (let i = 0; i <= a.length; i++) {
    const next = Array.from({ length: b.length + 1 }, () => false);
    for (let j = 0; j <= b.length; j++) {
      const one = i > 0 ? (a[i - 1] as T) : undefined;
      const other = j > 0 ? (b[j - 1] as T) : undefined;
      const oneIsAny = one !== undefined && parts.isAny(one);
      const otherIsAny = other !== undefined && parts.isAny(other);
      next[j] =
        (i === 0 && j === 0) ||
        (oneIsAny && (reached[j] === true || (j > 0 && next[j - 1] === true))) ||
        (otherIsAny && ((j > 0 && next[j - 1] === true) || reached[j] === true)) ||
        (one !== undefined &&
          other !== undefined &&
          !oneIsAny &&
          !otherIsAny &&
          reached[j - 1] === true &&
          parts.agree(one, other));
    }
    reached = next;
  }
  return reached[b.length] === true;
}

function wrong(pattern: string, why: string): AgentpoolError {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern;
  return new AgentpoolError("invalid_input", `"${shown}" is no path`, {
    why,
    hint: "Name files or folders such as src/app.ts, or patterns such as src/**/*.ts",
  });
}
