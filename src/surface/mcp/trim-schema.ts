import type { JsonSchema } from "./manifest.ts";

/**
 * A schema without what costs a model's context and tells it little: the dialect, bounds (the
 * operation checks them and says so), defaults that mean "not given", and whether further fields
 * may come.
 */
export function trimSchema(schema: JsonSchema): JsonSchema {
  const trimmed: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (dropped.has(keyword)) continue;
    if (keyword === "additionalProperties" && !isRealSchema(value)) continue;
    if (keyword === "default" && (value === false || isEmpty(value))) continue;
    if (keyword === "properties") trimmed[keyword] = trimProperties(schema.properties ?? {});
    else if (keyword === "items" || keyword === "additionalProperties")
      trimmed[keyword] = trimSchema(value as JsonSchema);
    else if (keyword === "anyOf") trimmed[keyword] = (value as JsonSchema[]).map(trimSchema);
    else trimmed[keyword] = value;
  }
  return trimmed;
}

const dropped = new Set([
  "$schema",
  "propertyNames",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "pattern",
]);

function trimProperties(
  properties: Readonly<Record<string, JsonSchema>>,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, trimSchema(schema)]),
  );
}

/** `false` and `{}` say nothing about the fields that may come. */
function isRealSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
