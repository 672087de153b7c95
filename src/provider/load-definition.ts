import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { AgentpoolError } from "../domain/errors.ts";
import { isObject, shown, type Problem } from "./check-value.ts";
import { completeData } from "./data-definition.ts";
import type { ProviderDefinition } from "./definition.ts";
import { readJson, type JsonText } from "./json-text.ts";
import { tryImport } from "./try-import.ts";
import { unreadable } from "./unreadable.ts";
import { validateDefinition } from "./validate.ts";

/** A definition is read by a person; what is larger is something else. */
const maxBytes = 1024 * 1024;

/**
 * Reads one definition file: a module with a default export, or JSON, which may leave out what has
 * a default.
 * @param id what the file's place says it defines
 * @param options `fresh` is for files of the user: a module is read anew that changed since it was
 *   imported (what it imports itself stays as it was), and is first tried where it can be stopped
 * @throws invalid_config with file, line where it can be told, and field
 */
export async function loadDefinition(
  file: string,
  id: string,
  options: { readonly fresh: boolean },
): Promise<ProviderDefinition> {
  if (options.fresh) await refuseUnreadable(file);
  const isData = extname(file) === ".json";
  const json = isData ? parseJson(await readSource(file), file) : undefined;
  const given = json ? json.value : await importDefault(file, options.fresh);
  const problems: Problem[] = [];
  let value = given;
  if (isData && isObject(given)) {
    const { definition, problems: found } = completeData(given, id);
    problems.push(...found);
    value = definition;
  } else if (isData) problems.push({ path: "", reason: `${shown(given)} is no object` });
  if (!isData || isObject(given)) problems.push(...furtherProblems(value, problems));
  const named = isObject(value) ? value["id"] : undefined;
  if (typeof named === "string" && named !== id) {
    problems.unshift({ path: "id", reason: `it is "${named}", and the file is named "${id}"` });
  }
  if (problems.length > 0) throw broken(file, problems, json);
  return value as ProviderDefinition;
}

/** What the check of all definitions finds besides. */
function furtherProblems(value: unknown, known: readonly Problem[]): Problem[] {
  const isKnown = (path: string): boolean =>
    known.some(
      (one) => one.path === path || (one.path === "prompt" && path.startsWith("screen.composer")),
    );
  return validateDefinition(value).filter(({ path }) => !isKnown(path));
}

/** Said here for every kind of file: a link to nothing, a folder, something that never ends. */
async function refuseUnreadable(file: string): Promise<void> {
  const facts = await stat(file).catch((thrown: unknown) => {
    throw unreadable(file, thrown);
  });
  const refuse = (what: string, hint: string): AgentpoolError =>
    new AgentpoolError("invalid_config", `${file} defines no provider`, {
      why: what,
      hint,
      details: { file, line: null },
    });
  const away = `Move it out of ${dirname(file)}.`;
  if (!facts.isFile()) throw refuse("It is no file.", away);
  if (facts.size > maxBytes) {
    throw refuse(`It has ${facts.size} bytes; a definition has at most ${maxBytes}.`, away);
  }
  if ((facts.mode & 0o002) !== 0) {
    throw refuse("Every user of this machine may write it.", `chmod o-w ${file}`);
  }
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

async function importDefault(file: string, fresh: boolean): Promise<unknown> {
  // a module is read once per address; the time of the file makes another one after a change
  const query = fresh ? `?changed=${Math.trunc((await stat(file)).mtimeMs)}` : "";
  const url = `${pathToFileURL(file).href}${query}`;
  if (fresh) {
    const tried = await tryImport(url);
    if ("failed" in tried) throw failedImport(file, tried.failed, tried.stack);
  }
  let module: { readonly default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ url)) as typeof module;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw failedImport(file, message, thrown instanceof Error ? (thrown.stack ?? "") : "");
  }
  if (module.default !== undefined) return module.default;
  throw broken(file, [{ path: "", reason: "it has no default export" }], undefined);
}

function failedImport(file: string, message: string, stack: string): AgentpoolError {
  // a syntax error names the place on the first line of its stack, others in their frames
  const place = stack.split("\n").find((row) => row.includes(basename(file)));
  const line = /:(\d+)(?::\d+)?\)?$/.exec(place?.trim() ?? "")?.[1];
  const absent = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1];
  return new AgentpoolError("invalid_config", `${file}${line ? `:${line}` : ""} cannot be loaded`, {
    why: message,
    ...(absent === undefined
      ? {}
      : { hint: `Do without ${absent}, or install it beside the file: cd ${dirname(file)}` }),
    details: { file, line: line === undefined ? null : Number(line) },
  });
}

function parseJson(source: string, file: string): JsonText {
  const read = readJson(source);
  if ("json" in read) return read.json;
  const { line, field, reason } = read.fault;
  throw new AgentpoolError("invalid_config", `${file}:${line} is no JSON`, {
    why: field === "" ? reason : `${reason}, at the field "${field}"`,
    hint: "JSON has no comments and no comma after the last entry.",
    details: { file, line, field: field === "" ? null : field },
  });
}

const shownProblems = 5;

function broken(
  file: string,
  problems: readonly Problem[],
  json: JsonText | undefined,
): AgentpoolError {
  const [first] = problems;
  const line = first && first.path !== "" ? json?.lineOf(first.path) : undefined;
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
