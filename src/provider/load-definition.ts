import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { AgentpoolError } from "../domain/errors.ts";
import { isObject, type Problem } from "./check-value.ts";
import type { ProviderDefinition } from "./definition.ts";
import { compileLaunch } from "./launch-template.ts";
import { validateDefinition } from "./validate.ts";

/**
 * Reads one definition file: a module with a default export, or JSON with patterns as text and
 * `launch` as a template.
 * @param id what the file's place says it defines
 * @param options `fresh` reads a module anew that changed since it was imported; what it imports
 *   itself stays as it was
 * @throws invalid_config with file, line where it can be told, and field
 */
export async function loadDefinition(
  file: string,
  id: string,
  options: { readonly fresh: boolean },
): Promise<ProviderDefinition> {
  const isData = extname(file) === ".json";
  const source = isData ? await readFile(file, "utf8") : "";
  const value = isData
    ? withLaunch(parseJson(source, file), source, file)
    : await importDefault(file, options.fresh);
  const problems = validateDefinition(value);
  const named = isObject(value) ? value["id"] : undefined;
  if (typeof named === "string" && named !== id) {
    problems.unshift({ path: "id", reason: `it is "${named}", and the file is named "${id}"` });
  }
  if (problems.length > 0) throw broken(file, problems, source);
  return value as ProviderDefinition;
}

async function importDefault(file: string, fresh: boolean): Promise<unknown> {
  // a module is read once per address; the time of the file makes another one after a change
  const query = fresh ? `?changed=${Math.trunc((await stat(file)).mtimeMs)}` : "";
  let module: { readonly default?: unknown };
  try {
    module = (await import(
      /* @vite-ignore */ `${pathToFileURL(file).href}${query}`
    )) as typeof module;
  } catch (thrown) {
    throw failedImport(file, thrown);
  }
  if (module.default !== undefined) return module.default;
  throw broken(file, [{ path: "", reason: "it has no default export" }], "");
}

function failedImport(file: string, thrown: unknown): AgentpoolError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? "") : "";
  // a syntax error names the place on the first line of its stack, others in their frames
  const place = stack.split("\n").find((row) => row.includes(basename(file)));
  const line = /:(\d+)(?::\d+)?\)?$/.exec(place?.trim() ?? "")?.[1];
  return new AgentpoolError("invalid_config", `${file}${line ? `:${line}` : ""} cannot be loaded`, {
    why: message,
    details: { file, line: line === undefined ? null : Number(line) },
    cause: thrown,
  });
}

function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const position = /position (\d+)/.exec(message)?.[1];
    // "Unexpected end of JSON input" has no position: it is the end
    const line = source
      .slice(0, position === undefined ? undefined : Number(position))
      .split("\n").length;
    throw new AgentpoolError("invalid_config", `${file}:${line} is no JSON`, {
      why: message,
      details: { file, line },
      cause: thrown,
    });
  }
}

function withLaunch(value: unknown, source: string, file: string): unknown {
  if (!isObject(value) || !isObject(value["launch"])) return value;
  const compiled = compileLaunch(value["launch"]);
  if ("problems" in compiled) throw broken(file, compiled.problems, source);
  return { ...value, launch: compiled.launch };
}

const shownProblems = 5;

function broken(file: string, problems: readonly Problem[], source: string): AgentpoolError {
  const [first] = problems;
  const line = first ? lineOf(first.path, source) : undefined;
  const list = problems
    .slice(0, shownProblems)
    .map(({ path, reason }) => (path === "" ? reason : `${path}: ${reason}`));
  if (problems.length > shownProblems) list.push(`and ${problems.length - shownProblems} more`);
  return new AgentpoolError(
    "invalid_config",
    `${file}${line === undefined ? "" : `:${line}`} defines no provider`,
    {
      why: list.join("; "),
      hint: `Correct the file, or move it out of ${dirname(file)}.`,
      details: { file, line: line ?? null, field: first?.path ?? null, problems },
    },
  );
}

/** The line of JSON in which a field stands: its names are looked for one after the other. */
function lineOf(path: string, source: string): number | undefined {
  if (source === "" || path === "") return undefined;
  let at = 0;
  for (const step of path.matchAll(/([A-Za-z_][\w-]*)|\[(\d+)\]/g)) {
    const next =
      step[1] === undefined
        ? entryAt(source, at, Number(step[2]))
        : source.indexOf(`"${step[1]}"`, at);
    if (next === -1) break;
    at = next;
  }
  return source.slice(0, at).split("\n").length;
}

/** Where the n-th entry of the list that opens next begins. */
function entryAt(source: string, from: number, n: number): number {
  let depth = 0;
  let count = 0;
  let inText = false;
  for (let at = source.indexOf("[", from); at !== -1 && at < source.length; at++) {
    const char = source.charAt(at);
    if (inText) {
      if (char === "\\") at += 1;
      else if (char === '"') inText = false;
      continue;
    }
    if (char === '"') inText = true;
    if (depth === 1 && count === n && !/[\s[,]/.test(char)) return at;
    if (char === "[" || char === "{") depth += 1;
    if (depth === 1 && count === n && char === "{") return at;
    if (char === "]" || char === "}") depth -= 1;
    if (depth === 0) return -1;
    if (char === "," && depth === 1) count += 1;
  }
  return -1;
}
