import { isObject } from "./json-schema.ts";

/** One step of a path: a field, a place in a list (from the end when negative), or everything. */
export type PathStep = string | number | typeof every;
const every = Symbol("every");

/**
 * Reads `$.tasks[0].title`, `tasks[*].title`, `$["odd name"][-1]`.
 * @returns null when the text is no such path
 */
export function parseJsonPath(text: string): readonly PathStep[] | null {
  const body = text.replace(/^\$/, "");
  const pattern = /\.?([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?(\*)|\[(\*)\]/y;
  const steps: PathStep[] = [];
  while (pattern.lastIndex < body.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(body);
    if (!match) return null;
    const [whole, name, index, quoted] = match;
    // two names need a dot between them
    if (at > 0 && !/^[.[]/.test(whole)) return null;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted === undefined) steps.push(every);
    else {
      try {
        steps.push(JSON.parse(quoted) as string);
      } catch {
        return null;
      }
    }
  }
  return steps;
}

/** What is at a path, several after `*`; undefined where there is nothing. */
export function atJsonPath(value: unknown, path: readonly PathStep[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === every) {
    const all = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : undefined;
    return all?.map((one: unknown) => atJsonPath(one, rest)).filter((one) => one !== undefined);
  }
  if (typeof step === "number") {
    return Array.isArray(value) ? atJsonPath(value.at(step), rest) : undefined;
  }
  return isObject(value) && Object.hasOwn(value, step) ? atJsonPath(value[step], rest) : undefined;
}
