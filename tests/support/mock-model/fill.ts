import { list, record, text } from "./json.ts";

const PLACE = /\{\{([\w.]+)\}\}/g;

/**
 * Fills `{{path.to.field}}` in the input of a tool with what the newest result that has this field
 * holds there. A string that is nothing else becomes that value, a number for instance.
 * @throws Error where no result has the field
 */
export function fill(input: unknown, toolResults: readonly string[]): unknown {
  if (typeof input === "string") return fillText(input, toolResults);
  if (Array.isArray(input)) return input.map((one) => fill(one, toolResults));
  if (typeof input !== "object" || input === null) return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, fill(value, toolResults)]),
  );
}

function fillText(template: string, toolResults: readonly string[]): unknown {
  const [whole] = template.matchAll(PLACE);
  if (whole?.[0] === template) return valueAt(whole[1] ?? "", toolResults);
  return template.replaceAll(PLACE, (_, path: string) => {
    const value = valueAt(path, toolResults);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function valueAt(path: string, toolResults: readonly string[]): unknown {
  const names = path.split(".");
  for (const result of toolResults.toReversed()) {
    for (const object of objectsIn(result)) {
      let value: unknown = object;
      for (const name of names) value = record(value)[name];
      if (value !== undefined) return value;
    }
  }
  throw new Error(`mock model: no result of a tool has ${path}: ${JSON.stringify(toolResults)}`);
}

/** Agents hand on a server's result as its text, or whole, some with words of their own around it. */
function objectsIn(result: string): readonly unknown[] {
  const object = parsed(result.slice(result.indexOf("{"), result.lastIndexOf("}") + 1));
  const { structuredContent, content } = record(object);
  const texts = list(content).map((part) => parsed(text(record(part)["text"])));
  return [object, structuredContent, ...texts].filter((one) => one !== undefined);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
