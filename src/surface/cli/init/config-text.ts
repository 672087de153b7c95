import { configKeys, rowOf, type AnyKey } from "../../../platform/config/keys.ts";

/** A value a file of the ancestor had, under its full key. */
export interface ImportedValue {
  readonly key: string;
  /** As it was written there. */
  readonly value: unknown;
}

/**
 * A file of settings to begin with: every key there is with what it does, its default in a comment;
 * what was imported stands in force. Written from the table of keys, so that it lacks none.
 * @param providerIds shown as examples below `providers:`
 */
export function configText(
  imported: readonly ImportedValue[],
  providerIds: readonly string[],
): string {
  const values = new Map(imported.map(({ key, value }) => [key, value]));
  const keys = (Object.keys(configKeys) as AnyKey[]).filter((key) => !key.startsWith("providers."));
  const plain = keys.filter((key) => !key.includes("."));
  const names = [
    ...new Set(keys.filter((key) => key.includes(".")).map((key) => key.split(".")[0])),
  ];
  const blocks = [
    plain.map((key) => entry(key, "", values)).join("\n"),
    ...names.map((name) => section([name ?? ""], keys, values)),
  ];
  return [head, ...blocks, providersBlock(values, providerIds)].join("\n\n") + "\n";
}

const head = `# Settings of agentpool. Lines that begin with # show the defaults; take the # away to change one.
# What is in force and where it comes from: agentpool config show --origin`;

/** A section with its keys, then the sections in it. */
function section(
  at: readonly string[],
  keys: readonly AnyKey[],
  values: ReadonlyMap<string, unknown>,
): string {
  const inside = keys.filter((key) => key.startsWith(`${at.join(".")}.`));
  const own = inside.filter((key) => key.split(".").length === at.length + 1);
  const further = inside
    .filter((key) => !own.includes(key))
    .map((key) => key.split(".")[at.length]);
  const indent = "  ".repeat(at.length);
  return [
    `${indent.slice(2)}${at.at(-1)}:`,
    ...own.map((key) => entry(key, indent, values)),
    ...[...new Set(further)].map((name) => {
      const inner = section([...at, name ?? ""], keys, values);
      // where names are the person's own, there is an example
      return keys.some((key) => key.startsWith(`${at.join(".")}.${name}.*.`))
        ? asExample(inner, indent)
        : inner;
    }),
  ].join("\n");
}

function asExample(section: string, indent: string): string {
  return section
    .split("\n")
    .map((line) => line.replace("*:", "NAME:").replace(/# (?=\w+: )/, ""))
    .map((line) => `${indent}# ${line.slice(indent.length)}`)
    .join("\n");
}

function entry(key: AnyKey, indent: string, values: ReadonlyMap<string, unknown>): string {
  const { doc, default: preset } = rowOf(key);
  const isSet = values.has(key) || key === "version";
  const value = yamlOf(values.get(key) ?? preset);
  return `${indent}# ${doc}\n${indent}${isSet ? "" : "# "}${key.split(".").at(-1)}: ${value}`;
}

function providersBlock(
  values: ReadonlyMap<string, unknown>,
  providerIds: readonly string[],
): string {
  const rows = (Object.keys(configKeys) as AnyKey[]).filter((key) => key.startsWith("providers."));
  const imported = [...values.keys()].filter((key) => key.startsWith("providers."));
  const ids = [...new Set(imported.map((key) => key.split(".")[1] ?? ""))];
  const set = ids.flatMap((id) => [
    `  ${id}:`,
    ...imported
      .filter((key) => key.startsWith(`providers.${id}.`))
      .map((key) => `    ${key.split(".").slice(2).join(".")}: ${yamlOf(values.get(key))}`),
  ]);
  const example = providerIds.find((id) => !ids.includes(id)) ?? "ID";
  const shown = rows.flatMap((key) => {
    const { doc, default: preset } = rowOf(key);
    return [`  #   # ${doc}`, `  #   ${key.split(".").slice(2).join(".")}: ${yamlOf(preset)}`];
  });
  return ["providers:", ...set, `  # ${example}:`, ...shown].join("\n");
}

/** JSON is YAML in one line. */
function yamlOf(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}
