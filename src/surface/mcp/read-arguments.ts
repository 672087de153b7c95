import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { ancestorField } from "./ancestor-fields.ts";
import { longestWaitSeconds } from "./limits.ts";
import type { JsonSchema, ManifestTool } from "./manifest.ts";

/** A tool call in the words of its operation. */
export interface ReadCall {
  readonly input: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
  /** Set for tools that can wait; the effective one is in the input. */
  readonly wait: { readonly requested: number; readonly effective: number } | undefined;
  /** Arguments of the ancestors that change nothing here. */
  readonly ignored: readonly string[];
}

/**
 * Reads the arguments of a call: names of the ancestors, values in the forms models give them
 * (null for "not given", one text for a list of one, "30" for 30, a list or an object written as
 * JSON), waits cut to the limit. Values are checked by the operation.
 * @throws invalid_input, provider_required
 */
export function readArguments(
  tool: ManifestTool,
  given: Readonly<Record<string, unknown>>,
): ReadCall {
  const { required = [] } = tool.definition.inputSchema;
  const properties = { ...tool.definition.inputSchema.properties, ...tool.unlisted };
  const own: Record<string, unknown> = {};
  const implied: Record<string, unknown> = {};
  const ignored: string[] = [];

  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (Object.hasOwn(properties, name)) {
      own[name] = inForm(value, properties[name] ?? {});
      continue;
    }
    const field = ancestorField(tool.definition.name, name);
    if (!field) throw unknownField(tool, name);
    if ("becomes" in field) implied[field.becomes] = value;
    else if ("means" in field) Object.assign(implied, field.means(value));
    else if ("ignored" in field) ignored.push(name);
    else if ("only" in field) {
      if (value !== field.only) throw refused(tool, name, field.why);
    } else if (!isEmpty(value)) throw refused(tool, name, field.refused);
  }

  // who may say yes was decided before
  const { idempotency_key: key, confirm: _, ...args } = { ...tool.presets, ...implied, ...own };
  for (const name of required) {
    if (args[name] === undefined) throw missing(tool, name);
  }
  const input: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) input[tool.fields[name] ?? name] = value;
  const wait = readWait(properties["timeout_seconds"], input["timeout_seconds"]);
  return {
    input: wait ? { ...input, timeout_seconds: wait.effective } : input,
    idempotencyKey: readKey(key),
    wait,
    ignored,
  };
}

function readKey(key: unknown): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key === "string" && key.length > 0 && key.length <= 200) return key;
  throw new AgentpoolError("invalid_input", "idempotency_key is a text of 1 to 200 characters", {
    hint: "Make one up for each request, and give the same one only to repeat it.",
  });
}

function readWait(schema: JsonSchema | undefined, given: unknown): ReadCall["wait"] {
  if (!schema) return undefined;
  const requested = given ?? schema["default"] ?? 0;
  if (typeof requested !== "number" || !(requested >= 0)) {
    throw new AgentpoolError("invalid_input", "timeout_seconds is a number of seconds, 0 or more");
  }
  return { requested, effective: Math.min(requested, longestWaitSeconds) };
}

function inForm(value: unknown, schema: JsonSchema): unknown {
  if (typeof value !== "string") return value;
  switch (schema.type) {
    case "object":
      return fromJson(value, "{") ?? value;
    case "array":
      if (value.trimStart().startsWith("[")) return fromJson(value, "[") ?? value;
      if (schema.items?.type === "object") return value;
      return value.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
    case "number":
    case "integer":
      return /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    default:
      return value;
  }
}

function fromJson(text: string, begin: "{" | "["): unknown {
  if (!text.trimStart().startsWith(begin)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEmpty(value: unknown): boolean {
  if (value === "") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function unknownField(tool: ManifestTool, name: string): AgentpoolError {
  const names = Object.keys(tool.definition.inputSchema.properties);
  const near = nearest(name, names);
  return new AgentpoolError("invalid_input", `${tool.definition.name} has no argument "${name}"`, {
    hint: near
      ? `Did you mean ${near}?`
      : names.length === 0
        ? "It takes none."
        : `Arguments: ${names.join(", ")}.`,
    details: { fields: [name] },
  });
}

function refused(tool: ManifestTool, name: string, why: string): AgentpoolError {
  return new AgentpoolError("invalid_input", `${tool.definition.name} does not take ${name}`, {
    why,
    hint: `Leave ${name} out.`,
    details: { fields: [name] },
  });
}

function missing(tool: ManifestTool, name: string): AgentpoolError {
  if (name === "provider_id") {
    return new AgentpoolError("provider_required", "No provider was named", {
      why: "agentpool never chooses the agent for you.",
      hint: "Name provider_id; get_inventory lists the providers.",
    });
  }
  const { description } = tool.definition.inputSchema.properties[name] ?? {};
  return new AgentpoolError("invalid_input", `${tool.definition.name} needs ${name}`, {
    ...(typeof description === "string" ? { hint: `Give ${name}: ${description}.` } : {}),
    details: { fields: [name] },
  });
}
