import { isAbsolute, normalize } from "node:path/posix";
import { nearest } from "../domain/nearest.ts";
import { isObject, shown, type Problem, type Schema } from "./check-value.ts";
import type { LaunchPlan, LaunchRequest } from "./definition.ts";

/**
 * `launch` of a definition without code (a JSON file):
 * - `argv`: words with `{placeholders}`; `{ "if": "model", "args": [...] }` adds its words only
 *   when that part of the request is given, or, for a workspace mode, when it is the mode; `unless`
 *   is the opposite.
 * - `env`: names with values, placeholders allowed.
 * - `files`: `path` below the session's folder, `content` as text or as JSON, placeholders allowed.
 *
 * A list alone is `argv`.
 */
interface LaunchTemplate {
  readonly argv: readonly (string | ConditionalWords)[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly TemplateFile[];
}

interface TemplateFile {
  readonly path: string;
  readonly content: string;
  /** Values are put in as JSON holds them. */
  readonly isJson: boolean;
}

interface ConditionalWords {
  readonly part: string;
  readonly wanted: boolean;
  readonly args: readonly string[];
}

export interface CompiledLaunch {
  readonly launch: (request: LaunchRequest) => LaunchPlan;
  /** Parts of a request that the template does something with: `model`, `read_only`. */
  readonly uses: ReadonlySet<string>;
}

/** Turns a template into the function it stands for, or says what is wrong with it. */
export function compileLaunch(
  template: unknown,
): CompiledLaunch | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parsed = parseTemplate(template, problems);
  if (problems.length > 0) return { problems };
  const uses = usesOf(parsed);
  return {
    uses,
    launch: (request) => ({
      argv: parsed.argv.flatMap((entry) => {
        if (typeof entry === "string") return [fill(entry, request)];
        if (holds(entry.part, request) !== entry.wanted) return [];
        return entry.args.map((word) => fill(word, request));
      }),
      env: Object.fromEntries(
        Object.entries(parsed.env).map(([name, value]) => [name, fill(value, request)]),
      ),
      files: parsed.files.map(({ path, content, isJson }) => ({
        path: `${request.folder}/${path}`,
        content: fill(content, request, isJson ? escapedForJson : undefined),
      })),
      agentSessionId:
        request.resume ?? (uses.has("conversationId") ? request.conversationId : null),
      facts: {},
    }),
  };
}

/** What an editor is told about a template. */
export function launchSchema(): Schema {
  const word = { type: "string", description: `Placeholders: ${placeholders.join(", ")}` };
  const args = { type: "array", items: word };
  const part = { anyOf: [{ enum: conditions }, { type: "string", pattern: "^extra\\." }] };
  const argv = {
    type: "array",
    minItems: 1,
    items: {
      anyOf: [
        word,
        conditional({ if: part, args }, "Words only where this part of the request is given"),
        conditional({ unless: part, args }, "Words only where it is not"),
      ],
    },
  };
  const file = {
    type: "object",
    required: ["path", "content"],
    properties: { path: { type: "string" }, content: {} },
    additionalProperties: false,
  };
  return {
    description: "The command line of a session; a list alone is argv",
    anyOf: [
      argv,
      {
        type: "object",
        required: ["argv"],
        properties: {
          argv,
          env: { type: "object", additionalProperties: word },
          files: { type: "array", items: file },
        },
        additionalProperties: false,
      },
    ],
  };
}

function conditional(properties: Readonly<Record<string, object>>, description: string): object {
  const required = Object.keys(properties);
  return { type: "object", description, required, properties, additionalProperties: false };
}

const values: Readonly<Record<string, (request: LaunchRequest) => string | null>> = {
  binary: (request) => request.binary,
  version: (request) => request.version,
  workPath: (request) => request.workPath,
  mode: (request) => request.mode,
  sessionId: (request) => request.sessionId,
  conversationId: (request) => request.conversationId,
  resume: (request) => request.resume,
  folder: (request) => request.folder,
  port: (request) => String(request.port),
  secret: (request) => request.secret,
  model: (request) => request.model,
  effort: (request) => request.effort,
  serviceTier: (request) => request.serviceTier,
  prompt: (request) => request.promptArgument,
};

const modes = ["read_only", "worktree", "shared"];
const placeholders = [...Object.keys(values).map((name) => `{${name}}`), "{extra.NAME}"];
const conditions = [...Object.keys(values), ...modes, "trustFolder"];
const placeholder = /\{([A-Za-z]+(?:\.[A-Za-z0-9_-]+)?)\}/g;

function valueOf(name: string, request: LaunchRequest): string | null {
  if (name.startsWith("extra.")) return request.extra[name.slice("extra.".length)] ?? null;
  return values[name]?.(request) ?? null;
}

function holds(condition: string, request: LaunchRequest): boolean {
  if (modes.includes(condition)) return request.mode === condition;
  if (condition === "trustFolder") return request.trustFolder;
  return valueOf(condition, request) !== null;
}

function fill(
  word: string,
  request: LaunchRequest,
  spell: (value: string) => string = (value) => value,
): string {
  return word.replaceAll(placeholder, (_whole, name: string) =>
    spell(valueOf(name, request) ?? ""),
  );
}

function escapedForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function usesOf({ argv, env, files }: LaunchTemplate): ReadonlySet<string> {
  const words = [...Object.values(env), ...files.map((file) => file.content)];
  const parts: string[] = [];
  for (const entry of argv) {
    if (typeof entry === "string") words.push(entry);
    else {
      words.push(...entry.args);
      parts.push(entry.part);
    }
  }
  const named = words.flatMap((word) =>
    [...word.matchAll(placeholder)].map(([, name = ""]) => name),
  );
  return new Set([...parts, ...named]);
}

function parseTemplate(template: unknown, problems: Problem[]): LaunchTemplate {
  const whole = Array.isArray(template) ? { argv: template } : template;
  if (!isObject(whole) || !Array.isArray(whole["argv"])) {
    problems.push({ path: "launch", reason: `${shown(template)} has no list "argv"` });
    return { argv: [], env: {}, files: [] };
  }
  const fields = ["argv", "env", "files"];
  for (const key of Object.keys(whole)) {
    if (!fields.includes(key)) problems.push(noField(`launch.${key}`, key, fields));
  }
  const at = Array.isArray(template) ? "launch" : "launch.argv";
  const argv = whole["argv"].map((entry: unknown, index) =>
    parseEntry(entry, `${at}[${index}]`, problems),
  );
  if (argv.length === 0) problems.push({ path: at, reason: "it is empty" });
  const env: Record<string, string> = {};
  const given = whole["env"] ?? {};
  if (!isObject(given))
    problems.push({ path: "launch.env", reason: `${shown(given)} is no object` });
  for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
    env[name] = parseWord(value, `launch.env.${name}`, problems);
  }
  return { argv, env, files: parseFiles(whole["files"] ?? [], problems) };
}

function parseEntry(entry: unknown, path: string, problems: Problem[]): string | ConditionalWords {
  if (!isObject(entry)) return parseWord(entry, path, problems);
  for (const key of Object.keys(entry)) {
    const known = ["if", "unless", "args"];
    if (!known.includes(key)) problems.push(noField(`${path}.${key}`, key, known));
  }
  const wanted = !("unless" in entry);
  const part = entry[wanted ? "if" : "unless"];
  const at = `${path}.${wanted ? "if" : "unless"}`;
  if ("if" in entry && "unless" in entry) {
    problems.push({ path: at, reason: `it stands beside "if"` });
  }
  if (typeof part !== "string" || !(conditions.includes(part) || part.startsWith("extra."))) {
    const near = nearest(String(part), conditions);
    const guess = near === undefined ? "" : `; did you mean "${near}"?`;
    problems.push({ path: at, reason: `${shown(part)} is no part of a request${guess}` });
  }
  const { args } = entry;
  if (!Array.isArray(args)) {
    problems.push({ path: `${path}.args`, reason: `${shown(args)} is no list` });
    return "";
  }
  return {
    part: String(part),
    wanted,
    args: args.map((word: unknown, index) => parseWord(word, `${path}.args[${index}]`, problems)),
  };
}

function parseFiles(given: unknown, problems: Problem[]): LaunchTemplate["files"] {
  if (!Array.isArray(given)) {
    problems.push({ path: "launch.files", reason: `${shown(given)} is no list` });
    return [];
  }
  return given.map((file: unknown, index) => {
    const at = `launch.files[${index}]`;
    const { path, content } = isObject(file) ? file : {};
    const isInside =
      typeof path === "string" &&
      path !== "" &&
      !isAbsolute(path) &&
      !normalize(path).startsWith("..");
    if (!isInside) {
      problems.push({ path: `${at}.path`, reason: `${shown(path)} is no path inside the folder` });
    }
    if (content === undefined) problems.push({ path: `${at}.content`, reason: "it is missing" });
    const isJson = typeof content !== "string";
    const text = isJson ? JSON.stringify(content ?? "", null, 2) : content;
    return { path: String(path), content: parseWord(text, `${at}.content`, problems), isJson };
  });
}

function parseWord(word: unknown, path: string, problems: Problem[]): string {
  if (typeof word !== "string") {
    problems.push({ path, reason: `${shown(word)} is no text` });
    return "";
  }
  for (const [whole, name = ""] of word.matchAll(placeholder)) {
    if (name in values || name.startsWith("extra.")) continue;
    const near = nearest(name, Object.keys(values));
    const guess = near === undefined ? "" : `; did you mean {${near}}?`;
    problems.push({
      path,
      reason: `${whole} is no placeholder: ${Object.keys(values).join(", ")}${guess}`,
    });
  }
  return word;
}

function noField(path: string, key: string, known: readonly string[]): Problem {
  const near = nearest(key, known);
  const guess = near === undefined ? "" : `; did you mean "${near}"?`;
  return { path, reason: `no such field${guess}` };
}
