import { faultsOf, type JsonSchema } from "../../domain/json/json-schema.ts";
import { runSchema } from "./run-schema.ts";

type Values = Readonly<Record<string, unknown>>;

/** Fields about the run as a whole: nothing else of it is read otherwise without them. */
const aboutTheWhole = [
  "name",
  "concurrency",
  "fail_fast",
  "run_timeout",
  "budget",
  "on_event",
  "env",
  "reuse_sessions",
];

/**
 * What of a run with faults can be read further, so that all that is wrong with it is told at once:
 * all of it while every part is of its type. Undefined where one is not, or is missing: what would be
 * found wrong beyond it may be wrong of that alone.
 */
export function readableOf(values: Values): Values | undefined {
  const kept = Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => !aboutTheWhole.includes(name) || isOfType(name, value),
    ),
  );
  return faultsOf(shapeOf(runSchema), kept).length === 0 ? kept : undefined;
}

function isOfType(name: string, value: unknown): boolean {
  const schema = runSchema.properties?.[name];
  return schema === undefined || faultsOf(shapeOf(schema), value).length === 0;
}

/** The same schema for types alone: how large a value is, and what is there besides, hinders nobody. */
function shapeOf(schema: JsonSchema): JsonSchema {
  const {
    minimum: _least,
    maximum: _most,
    maxLength: _longest,
    maxItems: _mostItems,
    additionalProperties: others,
    properties,
    items,
    anyOf,
    ...shape
  } = schema;
  return {
    ...shape,
    ...(others === undefined || typeof others === "boolean"
      ? {}
      : { additionalProperties: shapeOf(others) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, shapeOf(one)]),
          ),
        }),
    ...(items === undefined ? {} : { items: shapeOf(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(shapeOf) }),
  };
}
