import { jsonCandidates } from "../../domain/json/find-json.ts";
import { faultsOf, isObject, type JsonSchema } from "../../domain/json/json-schema.ts";
import { typable } from "../../domain/template.ts";
import { shortTitle } from "./title.ts";

export interface Subtask {
  readonly title: string;
  readonly description: string;
}

export type Decomposition =
  | { readonly subtasks: readonly Subtask[] }
  | { readonly faults: readonly string[] };

const schema: JsonSchema = {
  type: "array",
  items: {
    type: "object",
    required: ["title", "description"],
    properties: {
      title: { type: "string", minLength: 1, maxLength: 200 },
      description: { type: "string", minLength: 1, maxLength: 100_000 },
    },
  },
};

/**
 * Reads a goal's parts out of an answer: exactly `count` objects with a title and a description, all
 * different, in whatever words and fences stand around them.
 */
export function readDecomposition(answer: string, count: number): Decomposition {
  const lists = jsonCandidates(answer).flatMap(asList);
  let best: readonly string[] = ["the answer holds no JSON list"];
  let told = false;
  for (const list of lists) {
    const faults = faultsOfList(list, count);
    if (faults.length === 0) {
      const subtasks = (list as Subtask[]).map(({ title, description }) => ({
        title: shortTitle(title),
        description: typable(description).trim(),
      }));
      return { subtasks };
    }
    // the likeliest list comes first; what is wrong with it is worth telling
    if (!told) [best, told] = [faults, true];
  }
  return { faults: best };
}

function faultsOfList(list: readonly unknown[], count: number): string[] {
  const faults = faultsOf(schema, list).map(({ at, message }) => `${at} ${message}`);
  if (list.length !== count) {
    const few = list.length < count ? "few" : "many";
    faults.push(`there are ${list.length} parts, too ${few}: exactly ${count} are wanted`);
  }
  return [...faults, ...blank(list, "title"), ...blank(list, "description"), ...twice(list)];
}

function blank(list: readonly unknown[], field: keyof Subtask): string[] {
  return list.flatMap((part, index) => {
    const value = isObject(part) ? part[field] : undefined;
    return typeof value === "string" && value !== "" && value.trim() === ""
      ? [`$[${index}].${field} is blank`]
      : [];
  });
}

/** The same words twice are the same work twice. */
function twice(list: readonly unknown[]): string[] {
  const faults: string[] = [];
  for (const field of ["title", "description"] as const) {
    const seen = new Map<string, number>();
    for (const [index, part] of list.entries()) {
      const value = isObject(part) ? part[field] : undefined;
      if (typeof value !== "string") continue;
      const words = value.toLowerCase().replaceAll(/\s+/g, " ").trim();
      const first = seen.get(words);
      if (first === undefined) seen.set(words, index);
      else faults.push(`$[${index}].${field} is the same as that of $[${first}]`);
    }
  }
  return faults;
}

/** A list by itself, or the only list of an object around it. */
function asList(value: unknown): unknown[][] {
  if (Array.isArray(value)) return [value];
  if (!isObject(value)) return [];
  const lists = Object.values(value).filter((one) => Array.isArray(one));
  return lists.length === 1 ? lists : [];
}
