import { ancestorKeys } from "./ancestor-keys.ts";
import { configKeys, rowOf, type AnyKey } from "./keys.ts";
import type { ValueType } from "./value-type.ts";

type Schema = Record<string, unknown>;

/** JSON Schema of `config.yaml`, for editors. The table of keys is the truth; this follows it. */
export function configSchema(): Schema {
  const root = section("Settings of agentpool");
  for (const key of Object.keys(configKeys) as AnyKey[]) place(root, key, leaf(key));
  for (const [key, advice] of Object.entries(ancestorKeys)) {
    place(root, key.replace(/\.\*$/, ""), { deprecated: true, description: `Nothing: ${advice}` });
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "agentpool config.yaml",
    ...root,
  };
}

function place(root: Schema, key: string, schema: Schema): void {
  const parts = key.split(".");
  let at = root;
  for (const [index, part] of parts.slice(0, -1).entries()) {
    const { all = part, one = part } =
      named[parts.slice(0, index + (part === "*" ? 0 : 1)).join(".")] ?? {};
    if (part === "*") {
      at = (at["additionalProperties"] = at["additionalProperties"] || section(one)) as Schema;
    } else {
      const properties = at["properties"] as Schema;
      at = (properties[part] ??= section(all)) as Schema;
    }
  }
  (at["properties"] as Schema)[parts.at(-1) ?? ""] = schema;
}

/** Sections that stand below names. */
const named: Readonly<Record<string, { readonly all: string; readonly one: string }>> = {
  providers: { all: "By provider id", one: "One provider" },
  "budgets.agents": { all: "By provider id or name of a profile", one: "One agent" },
};

function section(description: string): Schema {
  return { type: ["object", "null"], description, properties: {}, additionalProperties: false };
}

function leaf(key: AnyKey): Schema {
  const { type, default: preset, doc } = rowOf(key);
  return { ...schemaOf(type), description: doc, default: preset };
}

function schemaOf(type: ValueType<unknown>): Schema {
  const { kind, min, max, choices, of, nullable } = type;
  const bounds = {
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  };
  const named = (name: string): Schema => ({ type: nullable ? [name, "null"] : name });
  switch (kind) {
    case "boolean":
      return named("boolean");
    case "integer":
    case "number":
      return { ...named(kind), ...bounds };
    case "text":
    case "path":
      return { ...named("string"), minLength: 1, ...(choices ? { enum: choices } : {}) };
    case "list": {
      const items = of ? schemaOf(of) : {};
      return { anyOf: [{ type: "array", items }, items] };
    }
    case "rules":
      return { type: "array", items: ruleSchema };
  }
}

const texts = { anyOf: [{ type: "array", items: { type: "string" } }, { type: "string" }] };
const ruleSchema: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "verdict"],
  properties: {
    name: { type: "string", minLength: 1, description: "Author of its answers: policy:<name>" },
    kinds: {
      ...texts,
      description: "question, approval, plan, startup, limit; approval when absent",
    },
    providers: { ...texts, description: "Provider ids; all when absent" },
    match: { ...texts, description: "Regular expressions over subject and text; all when absent" },
    verdict: { enum: ["allow", "ask", "deny"] },
  },
};
