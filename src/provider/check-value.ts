import { nearest } from "../domain/nearest.ts";

/** What is wrong with one field: `screen.rules[2].region` and why. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** Looks at a value and adds what is wrong with it. Absent optional fields are not looked at. */
export type Check = (value: unknown, path: string, problems: Problem[]) => void;

export const anyText: Check = text(/[^]/, "text");
export const bool: Check = kind((value) => typeof value === "boolean", "true or false");
export const func: Check = kind((value) => typeof value === "function", "a function");

export function text(shape: RegExp, what: string): Check {
  return kind((value) => typeof value === "string" && shape.test(value), what);
}

export function wholeNumber(least: number, most: number): Check {
  return kind(
    (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
    `a whole number from ${least} to ${most}`,
  );
}

export const number: Check = kind(
  (value) => typeof value === "number" && Number.isFinite(value),
  "a number",
);

export function oneOf(words: readonly string[]): Check {
  return (value, path, problems) => {
    if (typeof value === "string" && words.includes(value)) return;
    const near = typeof value === "string" ? nearest(value, words) : undefined;
    const guess = near === undefined ? "" : `; did you mean "${near}"?`;
    problems.push({ path, reason: `${shown(value)} is none of ${words.join(", ")}${guess}` });
  };
}

export function listOf(item: Check, options: { readonly least?: number } = {}): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.push({ path, reason: `${shown(value)} is no list` });
      return;
    }
    if (value.length < (options.least ?? 0)) problems.push({ path, reason: "it is empty" });
    for (const [index, entry] of value.entries()) item(entry, `${path}[${index}]`, problems);
  };
}

/** An object with names of the writer's choice. */
export function mapOf(item: Check, name: Check = anyText): Check {
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push({ path, reason: `${shown(value)} is no object` });
      return;
    }
    for (const [key, entry] of Object.entries(value)) {
      name(key, `${path}.${key}`, problems);
      item(entry, `${path}.${key}`, problems);
    }
  };
}

/** An object with these fields and no others. */
export function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const known = [...Object.keys(required), ...Object.keys(optional)];
  return (value, path, problems) => {
    if (!isObject(value)) {
      problems.push({ path, reason: `${shown(value)} is no object` });
      return;
    }
    for (const [key, check] of Object.entries(required)) {
      if (value[key] === undefined)
        problems.push({ path: join(path, key), reason: "it is missing" });
      else check(value[key], join(path, key), problems);
    }
    for (const [key, check] of Object.entries(optional)) {
      if (value[key] !== undefined) check(value[key], join(path, key), problems);
    }
    for (const key of Object.keys(value).filter((name) => !known.includes(name))) {
      const near = nearest(key, known);
      const guess = near === undefined ? "" : `; did you mean "${near}"?`;
      problems.push({ path: join(path, key), reason: `no such field${guess}` });
    }
  };
}

export function nullable(check: Check): Check {
  return (value, path, problems) => {
    if (value !== null) check(value, path, problems);
  };
}

export function both(first: Check, second: Check): Check {
  return (value, path, problems) => {
    const before = problems.length;
    first(value, path, problems);
    // a second opinion on a value of the wrong kind would only repeat that
    if (problems.length === before) second(value, path, problems);
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof RegExp)
  );
}

export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (value instanceof RegExp) return String(value);
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}

function kind(fits: (value: unknown) => boolean, what: string): Check {
  return (value, path, problems) => {
    if (!fits(value)) problems.push({ path, reason: `${shown(value)} is not ${what}` });
  };
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
