import type { Operation } from "../../operations/define.ts";
import type { Field } from "./field.ts";

/**
 * The fields of every operation by its name, each list as JSON text: the build puts them here
 * (scripts/build.mjs), so that a command parses the one list it needs and no schema library.
 */
declare const BUILT_FIELDS: Readonly<Record<string, string>>;

export function inputFields(operation: Operation): readonly Field[] {
  return JSON.parse(BUILT_FIELDS[operation.name] ?? "[]") as readonly Field[];
}
