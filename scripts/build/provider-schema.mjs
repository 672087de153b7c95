import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * The JSON Schema of a provider without code: what the checks let pass, with the words of the
 * contract beside each field.
 */
export async function renderProviderSchema({ root, dist }) {
  const module = join(dist, "src", "provider", "data-definition.js");
  const { dataSchema } = await import(pathToFileURL(module).href);
  const interfaces = readInterfaces(readContract(join(root, "src", "provider")));
  const schema = withWords(dataSchema(), "ProviderDefinition", interfaces);
  writeFileSync(join(dist, "provider.schema.json"), `${JSON.stringify(schema, null, 2)}\n`);
}

/** What `agentpool/provider` is written in, as one text. */
function readContract(folder) {
  const parts = readdirSync(join(folder, "contract")).map((name) => join("contract", name));
  return ["definition.ts", ...parts]
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
}

/**
 * Fields of each interface with their words and the interfaces their types name. They are
 * written uniformly, so they are read as text.
 */
function readInterfaces(source) {
  const interfaces = new Map();
  for (const [, name, body] of source.matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)) {
    const fields = new Map();
    const member =
      /(?:\n {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/)?\n {2}readonly (\w+)\??: ([^;{]*(?:\{[\s\S]*?\n? {0,2}\})?[^;{]*)/g;
    for (const [, comment, field, type] of body.matchAll(member)) {
      // what a function takes is no part of a file without code
      const types = type.includes("=>") ? [] : (type.match(/\b[A-Z]\w+/g) ?? []);
      fields.set(field, { words: wordsOf(comment), types });
    }
    interfaces.set(name, fields);
  }
  if (!interfaces.get("ProviderDefinition")?.has("binary")) {
    throw new Error("src/provider/definition.ts is not written as this script reads it");
  }
  return interfaces;
}

function wordsOf(comment) {
  if (comment === undefined) return undefined;
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  return lines.join(" ").replaceAll(/\s+/g, " ").trim();
}

function withWords(schema, name, interfaces) {
  const fields = interfaces.get(name);
  const into = (part, types) => {
    const inner = types.find((type) => interfaces.has(type));
    return inner === undefined ? part : withWords(part, inner, interfaces);
  };
  const next = { ...schema };
  if (schema.properties) {
    next.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, part]) => {
        const { words, types = [] } = fields?.get(key) ?? {};
        const described = into(part, types);
        if (words === undefined) return [key, described];
        const { description, ...rest } = described;
        const text = description === undefined ? words : `${words} ${description}.`;
        return [key, { description: text, ...rest }];
      }),
    );
  }
  if (schema.items) next.items = withWords(schema.items, name, interfaces);
  if (schema.anyOf) next.anyOf = schema.anyOf.map((part) => withWords(part, name, interfaces));
  return next;
}
