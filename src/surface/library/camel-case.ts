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

/**
 * The input of an operation: its own field names only, since their values are the caller's. What may
 * be left out may be given as undefined.
 */
export type CamelFields<T> = {
  [Key in keyof T as Key extends string ? CamelCase<Key> : Key]: object extends Pick<T, Key>
    ? T[Key] | undefined
    : T[Key];
};

/**
 * Fields whose value is a map: names of models, providers, accounts, roles, states and settings are
 * its keys, and stay as they are.
 */
const maps: ReadonlySet<string> = new Set([
  "accounts",
  "by_model",
  "by_provider",
  "by_role",
  "by_state",
  "models",
  "policy",
  "providers",
  "states",
  "turns_by_state",
]);

export function toCamel(value: unknown): unknown {
  return rename(value, camelCase, (name) => maps.has(name));
}

/** `sessionId` as `session_id`; only the first level, inside are values of the caller. */
export function toSnakeFields(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [snakeCase(name), inner as unknown]),
  );
}

/** The other way round, all the way down. */
export function toSnake(value: unknown): unknown {
  return rename(value, snakeCase, (name) => maps.has(snakeCase(name)));
}

function rename(
  value: unknown,
  spell: (name: string) => string,
  isMap: (name: string) => boolean,
): unknown {
  const inside = (inner: unknown): unknown => rename(inner, spell, isMap);
  if (Array.isArray(value)) return value.map(inside);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const map = isMap(name) && isObject(inner) ? inner : undefined;
      const kept = map && Object.entries(map).map(([key, one]) => [key, inside(one)] as const);
      return [spell(name), kept ? Object.fromEntries(kept) : inside(inner)];
    }),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
