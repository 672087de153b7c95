import { nearest } from "../nearest.ts";

/**
 * The part of JSON Schema that describes answers of agents. There is no `pattern`: a slow regular
 * expression over an agent's text would hold up everybody.
 */
export interface JsonSchema {
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
}

const jsonTypes = ["object", "array", "string", "number", "integer", "boolean", "null"] as const;
export type JsonType = (typeof jsonTypes)[number];

/** A fault, and where it is: `$.tasks[2].title`. */
export interface JsonFault {
  readonly at: string;
  readonly message: string;
}

/** More than these help nobody. */
const mostFaults = 20;

/** What of a value is not as the schema says; empty when all is. */
export function faultsOf(schema: JsonSchema, value: unknown, at = "$"): JsonFault[] {
  const fault = (message: string): JsonFault[] => [{ at, message }];
  if (schema.type !== undefined) {
    const types = [schema.type].flat();
    if (!types.some((type) => isOf(type, value))) {
      return fault(`is ${describe(value)}, not ${types.join(" or ")}`);
    }
  }
  if ("const" in schema && !isEqual(schema.const, value)) {
    return fault(`is not ${JSON.stringify(schema.const)}`);
  }
  if (schema.enum && !schema.enum.some((one) => isEqual(one, value))) {
    return fault(`is none of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`);
  }
  if (schema.anyOf) {
    const tried = schema.anyOf.map((one) => ({ one, faults: faultsOf(one, value, at) }));
    if (!tried.some(({ faults }) => faults.length === 0)) {
      // what is meant shows in its type; the faults of that form help, those of the others do not
      const meant = tried.filter(({ one }) => hasType(one, value));
      if (meant.length === 1) return meant[0]?.faults ?? [];
      const forms = [...new Set(schema.anyOf.flatMap(({ type }) => type ?? []))];
      return fault(
        meant.length === 0 && forms.length > 0
          ? `is ${describe(value)}, not ${forms.join(" or ")}`
          : "fits none of the forms it may have",
      );
    }
  }
  const faults = Array.isArray(value)
    ? faultsOfList(schema, value, at)
    : isObject(value)
      ? faultsOfObject(schema, value, at)
      : faultsOfScalar(schema, value).flatMap(fault);
  return faults.slice(0, mostFaults);
}

/** What makes a schema one that cannot be checked, with the place in it. */
export function schemaFaults(schema: unknown, at = "$"): JsonFault[] {
  if (!isObject(schema)) return [{ at, message: "is no schema: a schema is an object" }];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const place = step(at, keyword);
    const expected = keywords[keyword];
    if (expected === undefined) {
      return [
        { at: place, message: `is not supported; known: ${Object.keys(keywords).join(", ")}` },
      ];
    }
    const faults = faultsOf(expected, value, place);
    if (faults.length > 0) return faults;
    if (keyword === "items") return schemaFaults(value, place);
    if (keyword === "additionalProperties" && isObject(value)) return schemaFaults(value, place);
    if (keyword === "anyOf") {
      return (value as unknown[]).flatMap((one, i) => schemaFaults(one, `${place}[${i}]`));
    }
    if (keyword !== "properties") return [];
    return Object.entries(value as object).flatMap(([name, one]) =>
      schemaFaults(one, step(place, name)),
    );
  });
}

const count: JsonSchema = { type: "integer", minimum: 0 };
const oneType: JsonSchema = { enum: jsonTypes };
const keywords: Readonly<Record<string, JsonSchema>> = {
  type: { anyOf: [oneType, { type: "array", items: oneType, minItems: 1 }] },
  enum: { type: "array", minItems: 1 },
  const: {},
  anyOf: { type: "array", minItems: 1 },
  properties: { type: "object" },
  required: { type: "array", items: { type: "string" } },
  additionalProperties: { type: ["boolean", "object"] },
  items: { type: "object" },
  minItems: count,
  maxItems: count,
  uniqueItems: { type: "boolean" },
  minLength: count,
  maxLength: count,
  minimum: { type: "number" },
  maximum: { type: "number" },
  $schema: { type: "string" },
  title: { type: "string" },
  description: { type: "string" },
};

function faultsOfList(schema: JsonSchema, list: readonly unknown[], at: string): JsonFault[] {
  const { items, minItems = 0, maxItems = Infinity, uniqueItems } = schema;
  const faults: JsonFault[] = [];
  if (list.length < minItems || list.length > maxItems) {
    const wanted = list.length < minItems ? `at least ${minItems}` : `at most ${maxItems}`;
    faults.push({ at, message: `has ${list.length} entries, not ${wanted}` });
  }
  if (uniqueItems) {
    const texts = list.map(canonical);
    const twice = texts.findIndex((text, index) => texts.indexOf(text) < index);
    if (twice >= 0) faults.push({ at: `${at}[${twice}]`, message: "is there twice" });
  }
  if (items) faults.push(...list.flatMap((one, index) => faultsOf(items, one, `${at}[${index}]`)));
  return faults;
}

function faultsOfObject(
  { properties = {}, required = [], additionalProperties = true }: JsonSchema,
  object: Readonly<Record<string, unknown>>,
  at: string,
): JsonFault[] {
  const missing = required
    .filter((name) => !Object.hasOwn(object, name))
    .map((name) => ({ at, message: `lacks "${name}"` }));
  const faults = Object.entries(object).flatMap(([name, value]) => {
    const place = step(at, name);
    if (Object.hasOwn(properties, name)) return faultsOf(properties[name] ?? {}, value, place);
    if (additionalProperties === true) return [];
    if (additionalProperties === false) return [{ at: place, message: unknown(name, properties) }];
    return faultsOf(additionalProperties, value, place);
  });
  return [...missing, ...faults];
}

function unknown(name: string, properties: Readonly<Record<string, unknown>>): string {
  const known = Object.keys(properties);
  const near = nearest(name, known);
  return `does not belong there; ${near === undefined ? `known: ${known.join(", ")}` : `did you mean ${near}?`}`;
}

function faultsOfScalar(schema: JsonSchema, value: unknown): string[] {
  if (typeof value === "string") {
    const { length } = Array.from(value);
    const { minLength = 0, maxLength = Infinity } = schema;
    if (length < minLength) return [`has ${length} characters, not at least ${minLength}`];
    if (length > maxLength) return [`has ${length} characters, not at most ${maxLength}`];
  }
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (value < minimum) return [`is ${value}, not at least ${minimum}`];
    if (value > maximum) return [`is ${value}, not at most ${maximum}`];
  }
  return [];
}

function hasType({ type }: JsonSchema, value: unknown): boolean {
  return type !== undefined && [type].flat().some((one) => isOf(one, value));
}

function isOf(type: JsonType, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  return `a ${typeof value}`;
}

function step(at: string, name: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(name) ? `${at}.${name}` : `${at}[${JSON.stringify(name)}]`;
}

function isEqual(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The same text for the same value, whatever the order of its fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    isObject(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
