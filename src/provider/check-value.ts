import { nearest } from "../domain/nearest.ts";

/** What is wrong with one field: `screen.rules[2].region` and why. */
export interface Problem {
  readonly path: string;
  readonly reason: string;
}

/** JSON Schema (draft 7) of what a check lets pass in a JSON file; `false` for what JSON cannot hold. */
export type Schema = Readonly<Record<string, unknown>> | false;

type Look = (value: unknown, path: string, problems: Problem[]) => void;

/** Looks at a value and adds what is wrong with it. Absent optional fields are not looked at. */
export type Check = Look & { readonly schema: Schema };

/** A check of its own making, with what an editor is told about it. */
export function check(look: Look, schema: Schema): Check {
  // a copy, so that one way of looking can be told in several ways
  return Object.assign((...given: Parameters<Look>) => look(...given), { schema });
}

export const anyText: Check = text(/[^]/, "text", {});
export const bool: Check = kind((value) => typeof value === "boolean", "true or false", {
  type: "boolean",
});
export const func: Check = kind((value) => typeof value === "function", "a function", false);

/** @param more for a shape that an editor is told in another way than by its pattern */
export function text(shape: RegExp, what: string, more: object = { pattern: shape.source }): Check {
  return kind((value) => typeof value === "string" && shape.test(value), what, {
    type: "string",
    ...more,
  });
}

export function wholeNumber(least: number, most: number): Check {
  return kind(
    (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
    `a whole number from ${least} to ${most}`,
    { type: "integer", minimum: least, maximum: most },
  );
}

export const number: Check = kind(
  (value) => typeof value === "number" && Number.isFinite(value),
  "a number",
  { type: "number" },
);

export function oneOf(words: readonly string[]): Check {
  return check(
    (value, path, problems) => {
      if (typeof value === "string" && words.includes(value)) return;
      const near = typeof value === "string" ? nearest(value, words) : undefined;
      const guess = near === undefined ? "" : `; did you mean "${near}"?`;
      problems.push({ path, reason: `${shown(value)} is none of ${words.join(", ")}${guess}` });
    },
    { enum: words },
  );
}

export function listOf(item: Check, options: { readonly least?: number } = {}): Check {
  return check(
    (value, path, problems) => {
      if (!Array.isArray(value)) {
        problems.push({ path, reason: `${shown(value)} is no list` });
        return;
      }
      if (value.length < (options.least ?? 0)) problems.push({ path, reason: "it is empty" });
      for (const [index, entry] of value.entries()) item(entry, `${path}[${index}]`, problems);
    },
    item.schema !== false && {
      type: "array",
      items: item.schema,
      ...(options.least === undefined ? {} : { minItems: options.least }),
    },
  );
}

/** An object with names of the writer's choice. */
export function mapOf(item: Check, name: Check = anyText): Check {
  return check(
    (value, path, problems) => {
      if (!isObject(value)) {
        problems.push({ path, reason: `${shown(value)} is no object` });
        return;
      }
      for (const [key, entry] of Object.entries(value)) {
        name(key, `${path}.${key}`, problems);
        item(entry, `${path}.${key}`, problems);
      }
    },
    { type: "object", propertyNames: name.schema, additionalProperties: item.schema },
  );
}

/** An object with these fields and no others. */
export function object(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const known = [...Object.keys(required), ...Object.keys(optional)];
  return check(
    (value, path, problems) => {
      if (!isObject(value)) {
        problems.push({ path, reason: `${shown(value)} is no object` });
        return;
      }
      for (const [key, field] of Object.entries(required)) {
        if (value[key] === undefined)
          problems.push({ path: join(path, key), reason: "it is missing" });
        else field(value[key], join(path, key), problems);
      }
      for (const [key, field] of Object.entries(optional)) {
        if (value[key] !== undefined) field(value[key], join(path, key), problems);
      }
      for (const key of Object.keys(value).filter((name) => !known.includes(name))) {
        const near = nearest(key, known);
        const guess = near === undefined ? "" : `; did you mean "${near}"?`;
        problems.push({ path: join(path, key), reason: `no such field${guess}` });
      }
    },
    objectSchema(required, optional),
  );
}

/** A field that only code can have is left out; where it is needed, JSON has no such object. */
function objectSchema(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>>,
): Schema {
  if (Object.values(required).some((field) => field.schema === false)) return false;
  const fields = Object.entries({ ...required, ...optional });
  const sayable = fields.filter(([, field]) => field.schema !== false);
  return {
    type: "object",
    required: Object.keys(required),
    properties: Object.fromEntries(sayable.map(([key, field]) => [key, field.schema])),
    additionalProperties: false,
  };
}

export function nullable(one: Check): Check {
  return check(
    (value, path, problems) => {
      if (value !== null) one(value, path, problems);
    },
    { anyOf: [one.schema, { type: "null" }] },
  );
}

/** The second look may ask more than a schema can say. */
export function both(first: Check, second: Look): Check {
  return check((value, path, problems) => {
    const before = problems.length;
    first(value, path, problems);
    // a second opinion on a value of the wrong kind would only repeat that
    if (problems.length === before) second(value, path, problems);
  }, first.schema);
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

function kind(fits: (value: unknown) => boolean, what: string, schema: Schema): Check {
  return check((value, path, problems) => {
    if (!fits(value)) problems.push({ path, reason: `${shown(value)} is not ${what}` });
  }, schema);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
