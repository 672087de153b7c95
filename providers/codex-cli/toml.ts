/** A value for the setting flag of the CLI, which reads what stands behind `=` as TOML. */
export type Setting =
  | string
  | boolean
  | number
  | readonly Setting[]
  | { readonly [key: string]: Setting };

export function toml(value: Setting): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(toml).join(",")}]`;
  const entries = Object.entries(value).map(([key, item]) => `${quoted(key)}=${toml(item)}`);
  return `{${entries.join(",")}}`;
}

/** TOML escapes as JSON does, and DEL besides. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", String.raw`\u007f`);
}

function isList(value: Setting): value is readonly Setting[] {
  return Array.isArray(value);
}
