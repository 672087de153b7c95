/** `session_id` as `sessionId`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** A value of the wire with its field names as TypeScript spells them, all the way down. */
export type Camel<T> = T extends readonly (infer Member)[]
  ? Camel<Member>[]
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { -readonly [Key in keyof T as Key extends string ? CamelCase<Key> : Key]: Camel<T[Key]> }
      : T;

/** The input of an operation: its own field names only, since their values are the caller's. */
export type CamelFields<T> = {
  [Key in keyof T as Key extends string ? CamelCase<Key> : Key]: T[Key];
};

export function toCamel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toCamel);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [camelCase(name), toCamel(inner)]),
  );
}

/** `sessionId` as `session_id`; only the first level, inside are values of the caller. */
export function toSnakeFields(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [snakeCase(name), inner as unknown]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
