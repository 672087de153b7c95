import type { Claim } from "../domain/observation.ts";
import { nearest } from "../domain/nearest.ts";
import { pattern, screenDefinitions } from "./check-screen.ts";
import { isObject, listOf, object, shown, text, type Problem, type Schema } from "./check-value.ts";
import type { Pattern } from "./definition.ts";
import { compileLaunch, launchSchema } from "./launch-template.ts";
import { matches } from "./pattern.ts";
import { definitionFields } from "./validate.ts";

/**
 * A definition without code, made whole: what a file may leave out or say shortly becomes the field
 * of the contract that it stands for. What is wrong in a field that is no field of the contract is
 * said here; everything else by the check that all definitions go through.
 * @param id what the file's place says it defines
 */
export function completeData(
  data: Readonly<Record<string, unknown>>,
  id: string,
): { readonly definition: Readonly<Record<string, unknown>>; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  for (const key of Object.keys(data)) {
    if (key in sayable) continue;
    const near = nearest(key, Object.keys(sayable));
    const reason =
      key in definitionFields
        ? "only a definition with code can have it: write a .mjs file"
        : `no such field${near === undefined ? "" : `; did you mean "${near}"?`}`;
    problems.push({ path: key, reason });
  }

  const { prompt, title, $schema: _schema, ...fields } = data;
  const prompts = readPrompts(prompt, problems);
  const compiled = compileLaunch(data["launch"] ?? ["{binary}"]);
  if ("problems" in compiled) problems.push(...compiled.problems);
  const uses = "uses" in compiled ? compiled.uses : undefined;
  if (uses) sayUnused(data["options"], uses, problems);
  if (prompts === undefined && composerOf(data["screen"]) === undefined) {
    const reason = `it is missing: the text by which the program asks for input, such as ">>> "`;
    problems.push({ path: "prompt", reason: `${reason}; or describe it in screen.composer` });
  }

  const definition: Record<string, unknown> = {
    id,
    displayName: id,
    vendor: "unknown",
    harness: id,
    verified: "from_documentation",
    env: [],
    ...fields,
    binary: binaryOf(data["binary"], id),
    options: optionsOf(data["options"], uses),
    input: inputOf(data["input"], prompts),
    screen: screenOf(data["screen"], prompts),
    interrupt: keysOf(data["interrupt"], { keys: [["C-c"]], gapMs: 0, withinMs: 3_000 }),
    exit: keysOf(data["exit"], { keys: [["C-d"]], gapMs: 150, withinMs: 3_000 }),
    ...("launch" in compiled ? { launch: compiled.launch } : { launch: () => undefined }),
  };
  const trial = trialOf(data["trial"], prompts);
  if (trial !== undefined) definition["trial"] = trial;
  if (title !== undefined) definition["title"] = titleOf(title, problems);
  return { definition, problems };
}

/** JSON Schema (draft 7) of a definition without code. */
export function dataSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "agentpool provider",
    type: "object",
    anyOf: ["prompt", "screen"].map((field) => ({ type: "object", required: [field] })),
    properties: sayable,
    additionalProperties: false,
    definitions: screenDefinitions,
  };
}

/** Lines, tabs and very long texts mean something else to a program that reads one line. */
const oneLineOnly = [
  {
    pattern: "[\\n\\r]",
    when: "pasted",
    why: "It reads one line at a time, so that each line would be a prompt of its own.",
    hint: "Say it in one line, or send line by line.",
  },
  {
    pattern: "\\t",
    when: "pasted",
    why: "A tab completes a word there.",
    hint: "Use blanks.",
  },
  {
    pattern: "^[^]{4001}",
    when: "pasted",
    why: "A line of more than 4000 characters does not fit on its screen, where it is checked before Enter.",
    hint: "Put the text into a file and name the file.",
  },
];

function binaryOf(given: unknown, id: string): unknown {
  const candidates = typeof given === "string" ? [given] : Array.isArray(given) ? given : [id];
  const defaults = {
    candidates,
    versionArgs: ["--version"],
    versionPattern: "(\\d+(?:\\.\\d+)+)",
    tried: [],
    install: `Install ${String(candidates[0])} and put it on your PATH.`,
  };
  if (given === undefined || typeof given === "string" || Array.isArray(given)) return defaults;
  return isObject(given) ? { ...defaults, ...given } : given;
}

/** What the launch has words for can be chosen; nothing else can. */
function optionsOf(given: unknown, uses: ReadonlySet<string> | undefined): unknown {
  if (given !== undefined && !isObject(given)) return given;
  const has = (part: string): boolean => uses?.has(part) ?? false;
  const promptArgument = given?.["promptArgument"] ?? has("prompt");
  return {
    model: has("model"),
    effort: [],
    serviceTier: has("serviceTier"),
    promptArgument,
    initialPromptMode: promptArgument === true ? "arg" : "send_after_launch",
    readOnly: has("read_only"),
    resume: has("resume"),
    ...given,
  };
}

/** An option that is offered and changes nothing would be a promise nobody keeps. */
function sayUnused(options: unknown, uses: ReadonlySet<string>, problems: Problem[]): void {
  const given = isObject(options) ? options : {};
  const parts = { model: "model", serviceTier: "serviceTier", promptArgument: "prompt" };
  for (const [option, part] of Object.entries({
    ...parts,
    readOnly: "read_only",
    resume: "resume",
  })) {
    if (given[option] !== true || uses.has(part)) continue;
    const how = part === "read_only" ? `{ "if": "read_only", ... }` : `{${part}}`;
    problems.push({ path: `options.${option}`, reason: `launch does nothing with it: use ${how}` });
  }
  const effort = given["effort"];
  const levels = Array.isArray(effort) ? effort.length : 0;
  if (levels > 0 && !uses.has("effort")) {
    problems.push({ path: "options.effort", reason: "launch does nothing with it: use {effort}" });
  }
  if (uses.has("effort") && effort === undefined) {
    problems.push({ path: "options.effort", reason: "it is missing: the levels for {effort}" });
  }
}

function inputOf(given: unknown, prompts: readonly string[] | undefined): unknown {
  if (given !== undefined && !isObject(given)) return given;
  return {
    enterGapMs: 50,
    settleMs: 1_500,
    submitKey: "Enter",
    acceptance: "none",
    commandPrefixes: [],
    queuesWhileBusy: false,
    ...(prompts === undefined ? {} : { clearKeys: ["C-u"], refused: oneLineOnly }),
    ...given,
  };
}

function screenOf(given: unknown, prompts: readonly string[] | undefined): unknown {
  if (given !== undefined && !isObject(given)) return given;
  const composer = prompts && {
    region: "screen",
    atCursor: true,
    line: `^(?:${prompts.map((one) => escaped(one.trimEnd())).join("|")}) ?(.*)$`,
  };
  return {
    rules: [],
    settleMs: 150,
    idleHoldMs: 600,
    ...given,
    ...(composer && given?.["composer"] === undefined ? { composer } : {}),
  };
}

/** To a program that reads lines an instruction for a model means nothing; any line gets an answer. */
function trialOf(given: unknown, prompts: readonly string[] | undefined): unknown {
  if (prompts === undefined || (given !== undefined && !isObject(given))) return given;
  const own = given?.["prompts"];
  if (own !== undefined && !isObject(own)) return given;
  const none = { lines: null, large: null, approval: null, question: null, work: null };
  return { ...given, prompts: { reply: "pong", ...none, ...own } };
}

function composerOf(screen: unknown): unknown {
  return isObject(screen) ? screen["composer"] : undefined;
}

function escaped(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

const promptText = text(/\S/, "text that is not empty");

function readPrompts(given: unknown, problems: Problem[]): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const list: unknown = typeof given === "string" ? [given] : given;
  const before = problems.length;
  listOf(promptText, { least: 1 })(list, "prompt", problems);
  return problems.length === before ? (list as string[]) : [];
}

/** `"C-c"`, or texts that are pressed one after the other, or the whole plan with its times. */
function keysOf(given: unknown, defaults: object): unknown {
  if (given === undefined) return defaults;
  if (typeof given === "string") return { ...defaults, keys: [[given]] };
  if (Array.isArray(given)) {
    const keys = given.map((one: unknown) => (Array.isArray(one) ? one : [one]));
    return { ...defaults, gapMs: 150, keys };
  }
  return isObject(given) ? { ...defaults, ...given } : given;
}

const titleFields = object({}, { busy: pattern(), idle: pattern() });

/** What the window's title says of the program's state. */
function titleOf(
  given: unknown,
  problems: Problem[],
): ((title: string) => readonly Claim[]) | undefined {
  const before = problems.length;
  titleFields(given, "title", problems);
  if (problems.length > before) return undefined;
  const { busy, idle } = given as { readonly busy?: Pattern; readonly idle?: Pattern };
  return (title) => {
    const because = `its title is ${shown(title)}`;
    if (busy !== undefined && matches(busy, title)) return [{ kind: "busy", because }];
    return idle !== undefined && matches(idle, title) ? [{ kind: "idle", because }] : [];
  };
}

/** Every field a file without code may have. */
const sayable: Readonly<Record<string, Schema>> = {
  $schema: { type: "string", description: "Where this schema lies, for editors" },
  ...Object.fromEntries(
    Object.entries(definitionFields)
      // a template has no word for a server that is to be started
      .filter(([key]) => key !== "workerMcp")
      .map(([key, check]): [string, Schema] => [key, check.schema])
      .filter(([, schema]) => schema !== false),
  ),
  prompt: {
    description:
      'What the program prints when it waits for a line of input, such as ">>> "; stands for screen.composer',
    anyOf: [promptText.schema, listOf(promptText, { least: 1 }).schema],
  },
  binary: {
    anyOf: [
      { type: "string", description: "Name of the program" },
      { type: "array", items: { type: "string" }, minItems: 1, description: "Names it may have" },
      withDefaults("binary"),
    ],
  },
  options: withDefaults("options"),
  launch: launchSchema(),
  input: withDefaults("input"),
  screen: withDefaults("screen"),
  title: titleFields.schema,
  interrupt: keysSchema("interrupt"),
  exit: keysSchema("exit"),
};

/** The fields of the contract, none of them needed. */
function withDefaults(field: string): Schema {
  const { required: _required, ...schema } = definitionFields[field]?.schema || {};
  return schema;
}

function keysSchema(field: string): Schema {
  const group = { type: "array", items: { type: "string" }, minItems: 1 };
  return {
    anyOf: [
      { type: "string", description: "Keys in tmux's spelling" },
      {
        type: "array",
        items: { anyOf: [{ type: "string" }, group] },
        minItems: 1,
        description: "One after the other",
      },
      withDefaults(field),
    ],
  };
}
