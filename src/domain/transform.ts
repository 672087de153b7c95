import { jsonCandidates } from "./json/find-json.ts";
import { atJsonPath, parseJsonPath } from "./json/json-path.ts";
import { faultsOf, type JsonSchema } from "./json/json-schema.ts";
import type { ShellFilter } from "./task.ts";
import { asText } from "./template.ts";

/** How a response is shaped before the next stage gets it. */
export type Transform = PureTransform | EffectTransform;

export type PureTransform =
  /** Characters, not bytes: nothing is cut in the middle of one. */
  | { readonly kind: "first" | "last"; readonly characters: number }
  /** The JSON in an answer, by itself; the first that fits the schema. */
  | { readonly kind: "json"; readonly schema: JsonSchema | null }
  /** What is at a path of the JSON in an answer. */
  | { readonly kind: "json_path"; readonly path: string };

export type EffectTransform =
  | ({ readonly kind: "shell" } & ShellFilter)
  /** By a program that claims the task tagged `transform:<name>` and completes it with the text. */
  | { readonly kind: "program"; readonly name: string };

export type Transformed = { readonly text: string } | { readonly fault: string };

export function isPure(transform: Transform): transform is PureTransform {
  return transform.kind !== "shell" && transform.kind !== "program";
}

export function applyTransform(transform: PureTransform, text: string): Transformed {
  switch (transform.kind) {
    case "first":
      return { text: cut(text, transform.characters) };
    case "last":
      return { text: cut(text, -transform.characters) };
    case "json":
      return extract(text, transform.schema);
    case "json_path": {
      const path = parseJsonPath(transform.path);
      if (!path) return { fault: `"${transform.path}" is no JSON path` };
      const [value] = jsonCandidates(text);
      if (value === undefined) return { fault: noJson };
      const found = atJsonPath(value, path);
      if (found === undefined) return { fault: `the JSON has nothing at ${transform.path}` };
      return { text: asText(found) };
    }
  }
}

const noJson = "the response holds no JSON";

function cut(text: string, characters: number): string {
  const all = Array.from(text);
  if (all.length <= Math.abs(characters)) return text;
  return (characters < 0 ? all.slice(characters) : all.slice(0, characters)).join("");
}

function extract(text: string, schema: JsonSchema | null): Transformed {
  const candidates = jsonCandidates(text);
  const [first] = candidates;
  if (first === undefined) return { fault: noJson };
  if (schema === null) return { text: JSON.stringify(first, null, 2) };
  const fitting = candidates.find((value) => faultsOf(schema, value).length === 0);
  if (fitting !== undefined) return { text: JSON.stringify(fitting, null, 2) };
  const faults = faultsOf(schema, first).map(({ at, message }) => `${at} ${message}`);
  return { fault: `the JSON of the response is not as asked for: ${faults.join("; ")}` };
}
