import type { LaunchPlan, LaunchRequest } from "./definition.ts";
import { isObject, shown, type Problem } from "./check-value.ts";

/**
 * `launch` of a definition without code (a JSON file):
 * - `argv`: words with `{placeholders}`; `{ "if": "model", "args": [...] }` adds its words only
 *   when that part of the request is given, or, for a workspace mode, when it is the mode.
 * - `env`: names with values, placeholders allowed.
 *
 * Placeholders: `binary`, `workPath`, `sessionId`, `conversationId`, `folder`, `port`, `secret`,
 * `model`, `effort`, `serviceTier`, `prompt`, and `extra.<name>`.
 */
interface LaunchTemplate {
  readonly argv: readonly (string | ConditionalWords)[];
  readonly env?: Readonly<Record<string, string>>;
}

interface ConditionalWords {
  readonly if: string;
  readonly args: readonly string[];
}

/** Turns a template into the function it stands for, or says what is wrong with it. */
export function compileLaunch(
  template: unknown,
): { readonly launch: (request: LaunchRequest) => LaunchPlan } | { readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const parsed = parseTemplate(template, problems);
  if (problems.length > 0) return { problems };
  return {
    launch: (request) => ({
      argv: parsed.argv.flatMap((entry) => {
        if (typeof entry === "string") return [fill(entry, request)];
        if (!holds(entry.if, request)) return [];
        return entry.args.map((word) => fill(word, request));
      }),
      env: Object.fromEntries(
        Object.entries(parsed.env).map(([name, value]) => [name, fill(value, request)]),
      ),
      files: [],
      agentSessionId: usesConversation(parsed) ? request.conversationId : null,
      facts: {},
    }),
  };
}

type Parsed = Required<LaunchTemplate>;

const values: Readonly<Record<string, (request: LaunchRequest) => string | null>> = {
  binary: (request) => request.binary,
  workPath: (request) => request.workPath,
  sessionId: (request) => request.sessionId,
  conversationId: (request) => request.conversationId,
  folder: (request) => request.folder,
  port: (request) => String(request.port),
  secret: (request) => request.secret,
  model: (request) => request.model,
  effort: (request) => request.effort,
  serviceTier: (request) => request.serviceTier,
  prompt: (request) => request.promptArgument,
};

const modes = ["read_only", "worktree", "shared"];
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

function fill(word: string, request: LaunchRequest): string {
  return word.replaceAll(placeholder, (_whole, name: string) => valueOf(name, request) ?? "");
}

function usesConversation(parsed: Parsed): boolean {
  const words = parsed.argv.flatMap((entry) => (typeof entry === "string" ? [entry] : entry.args));
  return words.some((word) => word.includes("{conversationId}"));
}

function parseTemplate(template: unknown, problems: Problem[]): Parsed {
  if (!isObject(template) || !Array.isArray(template["argv"])) {
    problems.push({ path: "launch", reason: `${shown(template)} has no list "argv"` });
    return { argv: [], env: {} };
  }
  for (const key of Object.keys(template)) {
    if (key !== "argv" && key !== "env") {
      problems.push({ path: `launch.${key}`, reason: "no such field" });
    }
  }
  const argv = template["argv"].map((entry: unknown, index) =>
    parseEntry(entry, `launch.argv[${index}]`, problems),
  );
  const env: Record<string, string> = {};
  const given = template["env"] ?? {};
  if (!isObject(given))
    problems.push({ path: "launch.env", reason: `${shown(given)} is no object` });
  for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
    env[name] = parseWord(value, `launch.env.${name}`, problems);
  }
  return { argv, env };
}

function parseEntry(entry: unknown, path: string, problems: Problem[]): string | ConditionalWords {
  if (!isObject(entry)) return parseWord(entry, path, problems);
  const condition = entry["if"];
  const { args } = entry;
  if (typeof condition !== "string" || !isKnown(condition, [...modes, "trustFolder"])) {
    problems.push({ path: `${path}.if`, reason: `${shown(condition)} is no part of a request` });
  }
  if (!Array.isArray(args)) {
    problems.push({ path: `${path}.args`, reason: `${shown(args)} is no list` });
    return "";
  }
  return {
    if: String(condition),
    args: args.map((word: unknown, index) => parseWord(word, `${path}.args[${index}]`, problems)),
  };
}

function parseWord(word: unknown, path: string, problems: Problem[]): string {
  if (typeof word !== "string") {
    problems.push({ path, reason: `${shown(word)} is no text` });
    return "";
  }
  for (const [whole, name = ""] of word.matchAll(placeholder)) {
    if (isKnown(name)) continue;
    problems.push({
      path,
      reason: `${whole} is no placeholder: ${Object.keys(values).join(", ")}`,
    });
  }
  return word;
}

function isKnown(name: string, more: readonly string[] = []): boolean {
  return name in values || name.startsWith("extra.") || more.includes(name);
}
