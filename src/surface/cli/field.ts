import type { Operation } from "../../operations/define.ts";
import { flagNames } from "../../operations/flag-name.ts";

/**
 * One input of a command as a shell sees it. Plain JSON: the build renders the fields of every
 * operation from its schema, so that a command starts without loading the schema library.
 */
export interface Field {
  /** Wire name, `timeout_seconds`. */
  readonly name: string;
  readonly kind: "text" | "number" | "integer" | "boolean" | "list" | "pairs";
  /** Flag without dashes; null for a field given by position only. */
  readonly flag: string | null;
  /** Other spellings, which help does not show. */
  readonly aliases?: readonly string[];
  readonly short?: string;
  readonly position?: "one" | "rest";
  readonly required?: boolean;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Characters at least, for texts; items at least, for lists. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** A number of seconds, which may be given as `10m`. */
  readonly duration?: boolean;
  /** Help does not show it. */
  readonly hidden?: boolean;
  readonly description: string;
}

/** The part of JSON Schema that inputs of operations use. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** The fields of an operation in the order of its schema, without those the shell has no flag for. */
export function fieldsOf(operation: Operation, input: JsonSchema): Field[] {
  const { cli } = operation;
  return Object.entries(input.properties ?? {})
    .filter(([name]) => !cli?.omit?.includes(name))
    .map(([name, schema]) => {
      const { shown, others } = flagNames(operation, name);
      const positional = cli?.positionals?.find((one) => one.replace("...", "") === name);
      const byFlag = positional === undefined || cli?.flags?.[name] !== undefined;
      const description = schema.description ?? schema.items?.description;
      if (description === undefined) {
        throw new Error(`${operation.name}: the field ${name} has no description`);
      }
      return compact({
        name,
        kind: kindOf(operation, name, schema),
        flag: byFlag ? shown : null,
        aliases: byFlag && others.length > 0 ? others : undefined,
        short: cli?.short?.[name],
        position:
          positional === undefined ? undefined : positional.endsWith("...") ? "rest" : "one",
        required: input.required?.includes(name) ? true : undefined,
        default: schema.default,
        choices: schema.enum ?? schema.items?.enum,
        min: schema.minimum,
        max: schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum,
        minLength: schema.minLength ?? schema.minItems,
        maxLength: schema.maxLength ?? schema.maxItems,
        pattern: schema.pattern,
        duration: name.endsWith("_seconds") ? true : undefined,
        description,
      }) as unknown as Field;
    });
}

function kindOf(operation: Operation, name: string, schema: JsonSchema): Field["kind"] {
  switch (schema.type) {
    case "string":
      return "text";
    case "number":
    case "integer":
    case "boolean":
      return schema.type;
    case "array":
      if (schema.items?.type === "string") return "list";
      break;
    case "object":
      return "pairs";
    default:
  }
  throw new Error(`${operation.name}: the shell cannot spell the field ${name}`);
}

function compact(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
