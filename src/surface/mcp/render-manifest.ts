import type { WaitWord } from "../../domain/words.ts";
import type { McpPart, Operation, Z } from "../../operations/define.ts";
import { flagNames } from "../../operations/flag-name.ts";
import { longestWaitSeconds } from "./limits.ts";
import type { JsonSchema, ManifestTool, McpManifest, ObjectSchema } from "./manifest.ts";
import { trimSchema } from "./trim-schema.ts";

/** Derives the tools from the operations. Run by the build; loads the schemas of all of them. */
export function renderMcpManifest(operations: readonly Operation[], z: Z): McpManifest {
  const tools = operations.flatMap((operation) =>
    operation.mcp ? [renderTool(operation, operation.mcp, z)] : [],
  );
  return { tools: tools.toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1)) };
}

function renderTool(operation: Operation, part: McpPart, z: Z): ManifestTool {
  const { input, output } = operation.schemas(z);
  const rename = part.rename ?? {};
  const whole = z.toJSONSchema(input, { io: "input" }) as ObjectSchema;
  const unlisted = (part.unlisted ?? []).filter((field) => field in whole.properties);
  return {
    operation: operation.name,
    toolset: operation.toolset,
    aliases: part.aliases ?? [],
    wantsEnvironment: operation.wantsEnvironment ?? false,
    fields: Object.fromEntries(Object.entries(rename).map(([field, name]) => [name, field])),
    workerText: part.workerText ?? [],
    workerValues: part.workerValues ?? [],
    unlisted: {
      ...Object.fromEntries(
        unlisted.map((field) => [field, property(field, whole.properties[field] ?? {}, part.tool)]),
      ),
      // what may be repeated anyway needs no key, and refuses none
      ...(operation.effect !== "read" && part.idempotent
        ? { idempotency_key: idempotencyKey }
        : {}),
    },
    presets: part.presets ?? {},
    links: part.links ?? [],
    endsWithCaller: part.endsWithCaller ?? false,
    confirm: part.confirm ?? null,
    flags: argumentsByFlag(operation, Object.keys(whole.properties), rename),
    command: operation.cli?.command ?? null,
    definition: {
      name: part.tool,
      title: part.title,
      description: part.description,
      inputSchema: inputSchema(whole, {
        tool: part.tool,
        omit: [...(part.omit ?? []), ...unlisted],
        required: part.required ?? [],
        presets: part.presets ?? {},
        rename,
        confirms: part.confirm !== undefined,
        repeatable: operation.effect === "read" || part.idempotent,
      }),
      outputSchema: outputSchema(
        z.toJSONSchema(output) as ObjectSchema,
        "timeout_seconds" in input.shape,
      ),
      annotations: {
        readOnlyHint: operation.effect === "read",
        destructiveHint: operation.effect === "destructive",
        idempotentHint: part.idempotent,
        openWorldHint: part.openWorld,
      },
    },
  };
}

function argumentsByFlag(
  operation: Operation,
  fields: readonly string[],
  rename: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (!operation.cli) return {};
  return Object.fromEntries(
    fields.flatMap((field) => {
      const { shown, others } = flagNames(operation, field);
      const named = rename[field] ?? field;
      return [shown, ...others]
        .filter((flag) => flag.replaceAll("-", "_") !== named)
        .map((flag) => [flag, named]);
    }),
  );
}

function inputSchema(
  schema: ObjectSchema,
  part: {
    readonly tool: string;
    readonly omit: readonly string[];
    readonly required: readonly string[];
    readonly presets: Readonly<Record<string, unknown>>;
    readonly rename: Readonly<Record<string, string>>;
    readonly confirms: boolean;
    readonly repeatable: boolean;
  },
): ObjectSchema {
  const names = Object.keys(schema.properties).filter((field) => !part.omit.includes(field));
  const required = names.filter((field) =>
    [...(schema.required ?? []), ...part.required].includes(field),
  );
  const named = (field: string): string => part.rename[field] ?? field;
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(
        names.map((field) => [
          named(field),
          {
            ...property(field, schema.properties[field] ?? {}, part.tool),
            ...(field in part.presets ? { default: part.presets[field] } : {}),
          },
        ]),
      ),
      ...(part.confirms ? { confirm } : {}),
      ...(part.repeatable ? {} : { idempotency_key: idempotencyKey }),
    },
    ...(required.length > 0 ? { required: required.map(named) } : {}),
  };
}

const idempotencyKey: JsonSchema = {
  type: "string",
  description: "Same key, acts once",
};

const confirm: JsonSchema = { type: "boolean", description: "The user agreed" };

/** Fields that most tools share, said in as few words as a model needs. */
const sharedTexts: Readonly<Record<string, string>> = {
  session_id: "Which worker",
  detail: "Worker text: none, last 1600 or 8000 chars",
  timeout_seconds: `Seconds to wait, up to ${longestWaitSeconds}`,
};

/** Worth waiting for; all words are in the reference, and in the error about one that is none. */
const usualWords: readonly WaitWord[] = [
  "turn",
  "completed",
  "question",
  "approval_prompt",
  "error",
  "limit_warning",
  "idle",
  "exit",
];

/** Told where a host looks first; the other tools that wait point there. */
const wordsTool = "observe_worker";

function textOf(field: string, tool: string): string | undefined {
  if (field !== "wait_for") return sharedTexts[field];
  return tool === wordsTool ? `Any of: ${usualWords.join(", ")}, or a state` : `As in ${wordsTool}`;
}

function property(field: string, schema: JsonSchema, tool: string): JsonSchema {
  const text = textOf(field, tool);
  const { items, ...trimmed } = trimSchema(schema);
  const preset = trimmed["default"];
  return {
    ...trimmed,
    ...(items ? { items: withoutText(items) } : {}),
    ...(text === undefined ? {} : { description: text }),
    ...(field === "timeout_seconds" && typeof preset === "number"
      ? { default: Math.min(preset, longestWaitSeconds) }
      : {}),
  };
}

function withoutText(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => keyword !== "description"),
  );
}

/**
 * Nothing is required at the root: clients check an error result against this schema too, and an
 * error holds `error` and nothing else.
 */
function outputSchema(schema: ObjectSchema, waits: boolean): ObjectSchema {
  const { required: _, ...trimmed } = trimSchema(schema);
  const seconds: JsonSchema = { type: "number" };
  return {
    ...trimmed,
    type: "object",
    properties: {
      ...trimmed.properties,
      ...(waits ? { requested_timeout_seconds: seconds, effective_timeout_seconds: seconds } : {}),
    },
  };
}
