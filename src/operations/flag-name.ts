import type { Operation } from "./define.ts";

/** How a shell names a field of an operation: `--timeout`, or `<session_id>` by position. */
export function flagName(operation: Operation, field: string): string {
  const { cli } = operation;
  const positional = cli?.positionals?.find((name) => name.replace("...", "") === field);
  if (positional !== undefined) return `<${positional}>`;
  return `--${flagNames(operation, field).shown}`;
}

/** Every spelling of a field's flag, without dashes: the one that help shows, and the others. */
export function flagNames(
  operation: Operation,
  field: string,
): { readonly shown: string; readonly others: readonly string[] } {
  const kebab = field.replaceAll("_", "-");
  const named = operation.cli?.flags?.[field] ?? [];
  const shown = named.find((name) => !name.startsWith(".")) ?? kebab;
  const all = [kebab, ...named.map((name) => name.replace(/^\./, ""))];
  return { shown, others: [...new Set(all)].filter((name) => name !== shown) };
}
