import type { JsonSchema, ObjectSchema } from "./manifest.ts";
import { parseWorkerPath, type PathStep } from "./worker-path.ts";

/** The output schema of a tool whose worker text is left out: what was text may be null. */
export function lockedDown(schema: ObjectSchema, paths: readonly string[]): ObjectSchema {
  return paths.reduce<JsonSchema>(
    (changed, path) => nullable(changed, parseWorkerPath(path)),
    schema,
  ) as ObjectSchema;
}

function nullable(schema: JsonSchema, [step, ...rest]: readonly PathStep[]): JsonSchema {
  if (schema.anyOf) {
    const steps = step ? [step, ...rest] : [];
    return { ...schema, anyOf: schema.anyOf.map((one) => nullable(one, steps)) };
  }
  const inner = step && schema.properties?.[step.name];
  if (!inner) return schema;
  const changed =
    rest.length === 0
      ? step.isList
        ? inner
        : { ...inner, type: ["string", "null"] }
      : step.isList
        ? { ...inner, ...(inner.items ? { items: nullable(inner.items, rest) } : {}) }
        : nullable(inner, rest);
  return { ...schema, properties: { ...schema.properties, [step.name]: changed } };
}
