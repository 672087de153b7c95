import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { plainText } from "../../domain/plain-text.ts";
import type { Style } from "../../operations/define.ts";
import { writeErr, writeOut } from "./io.ts";
import { printable } from "./printable.ts";
import type { Shell } from "./shell.ts";

/**
 * Prints an output: the JSON itself, the fields picked from it, its ids or names, or its human form.
 * @param ids where its ids stand, for `-q` and `--format name`
 */
export function print(shell: Shell, output: unknown, render: () => string, ids?: string): void {
  if (ids !== undefined && (shell.idsOnly || shell.format === "name")) {
    const found = idsOf(output, ids, { names: !shell.idsOnly });
    writeOut(shell.json ? `${JSON.stringify(found)}\n` : found.map((id) => `${id}\n`).join(""));
    return;
  }
  if (!shell.json) {
    const text = printable(render(), shell.style);
    const write = isRemark(shell, output, text, ids) ? writeErr : writeOut;
    write(text.endsWith("\n") ? text : `${text}\n`);
    return;
  }
  const value = shell.pick.length > 0 ? pick(output, fromList(output, shell.pick, ids)) : output;
  writeOut(`${JSON.stringify(value, null, 2)}\n`);
}

/** Whether a text only says that there is nothing: to a program that reads lines it would be one. */
function isRemark(shell: Shell, output: unknown, text: string, ids: string | undefined): boolean {
  if (shell.style.columns !== undefined || ids === undefined || /[\t\n]/.test(text)) return false;
  const [list = ""] = ids.split(".");
  const found = (output as Readonly<Record<string, unknown>> | null)?.[list];
  return Array.isArray(found) ? found.length === 0 : found === null;
}

/** The ids that stand at a path, or the names of those that have one. */
function idsOf(output: unknown, path: string, { names }: { readonly names: boolean }): string[] {
  const [first = "", ...rest] = path.split(".");
  if (Array.isArray(output)) return output.flatMap((one) => idsOf(one, path, { names }));
  const record = output as Readonly<Record<string, unknown>> | null;
  if (rest.length > 0) return idsOf(record?.[first] ?? [], rest.join("."), { names });
  const id = (names ? record?.["name"] : undefined) ?? record?.[first];
  return typeof id === "string" ? [plainText(id)] : [];
}

/** Fields of the members of a list may be named without the list: `id` for `sessions.id`. */
function fromList(
  output: unknown,
  paths: readonly string[],
  ids: string | undefined,
): readonly string[] {
  const list = ids?.includes(".") ? ids.split(".")[0] : undefined;
  const record = output as Readonly<Record<string, unknown>>;
  if (list === undefined || !Array.isArray(record[list])) return paths;
  return paths.map((path) => ((path.split(".")[0] ?? "") in record ? path : `${list}.${path}`));
}

/**
 * Keeps the named fields; dots lead inside, and through a list to each of its members
 * (`sessions.id`); `*` stands for every name (`providers.*.usable`). @throws invalid_input for a field the output does not have
 */
export function pick(output: unknown, paths: readonly string[]): unknown {
  const tree: Tree = new Map();
  for (const path of paths) {
    let branch = tree;
    for (const name of path.split(".")) {
      const next = branch.get(name) ?? new Map<string, Tree>();
      branch.set(name, next);
      branch = next;
    }
  }
  return prune(output, tree, "");
}

type Tree = Map<string, Tree>;

function prune(value: unknown, tree: Tree, where: string): unknown {
  if (tree.size === 0 || value === null) return value;
  if (Array.isArray(value)) return value.map((member: unknown) => prune(member, tree, where));
  if (typeof value !== "object") return value;
  const record = value as Readonly<Record<string, unknown>>;
  const kept: Record<string, unknown> = {};
  for (const [name, branch] of tree) {
    if (name === "*") {
      for (const one of Object.keys(record)) {
        kept[one] = prune(record[one], branch, `${where}${one}.`);
      }
      continue;
    }
    if (!(name in record)) throw noSuchField(`${where}${name}`, Object.keys(record), where);
    kept[name] = prune(record[name], branch, `${where}${name}.`);
  }
  return kept;
}

function noSuchField(path: string, known: readonly string[], where: string): AgentpoolError {
  const near = nearest(path.slice(where.length), known);
  return new AgentpoolError("invalid_input", `--fields: the output has no ${path}`, {
    why: `It has ${known.map((name) => `${where}${name}`).join(", ")}.`,
    ...(near ? { hint: `Did you mean ${where}${near}?` } : {}),
  });
}

/** Prints an error to standard error: what, why, and what to type next. */
export function printError(
  error: AgentpoolError,
  how: { readonly json: boolean; readonly style: Style },
): void {
  if (how.json) {
    writeErr(`${JSON.stringify({ error: error.toBody() }, null, 2)}\n`);
    return;
  }
  const lines = [`${how.style.red("error:")} ${error.message} (${error.code})`];
  if (error.why !== undefined) lines.push(`  why: ${error.why}`);
  if (error.hint !== undefined) lines.push(`  try: ${error.hint}`);
  writeErr(`${printable(lines.join("\n"), how.style)}\n`);
}
