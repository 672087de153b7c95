import { z } from "zod";
import { operations } from "../../src/operations/index.ts";
import { fieldsOf, type JsonSchema } from "../../src/surface/cli/field.ts";

/** Puts the fields of commands where the build puts them. */
export function putBuiltFields(): void {
  const fields = operations
    .filter((one) => one.cli)
    .map((one) => {
      const input = z.toJSONSchema(one.schemas(z).input, { io: "input" }) as JsonSchema;
      return [one.name, JSON.stringify(fieldsOf(one, input))];
    });
  Object.assign(globalThis, { BUILT_FIELDS: Object.fromEntries(fields) });
}
