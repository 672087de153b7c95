import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { readDocument, type ConfigDocument } from "../../../platform/config/document.ts";
import { readLayer } from "../../../platform/config/layer.ts";
import type { Home } from "../../../platform/home.ts";
import type { ImportedValue } from "./config-text.ts";

/** What a home that was used before holds, and what of it means something here. */
export interface Found {
  /** A file of settings is there. */
  readonly config: string | null;
  /** Sessions of the ancestor; they stay where they are, and are never opened. */
  readonly ancestor_database: string | null;
  readonly imports: readonly ImportedValue[];
  readonly leaves: readonly { readonly key: string; readonly because: string }[];
}

/** Looks at the settings that are there, key by key: one that cannot be used spoils no other. */
export async function lookAtHome(home: Home, configPath: string): Promise<Found> {
  const database = join(home.root, "agentpool.sqlite");
  const found = {
    config: existsSync(configPath) ? configPath : null,
    ancestor_database: existsSync(database) ? database : null,
  };
  if (found.config === null) return { ...found, imports: [], leaves: [] };
  const document = await readDocument(configPath);
  const imports: ImportedValue[] = [];
  const leaves: { key: string; because: string }[] = [];
  for (const { path, value } of leavesOf(document.values, [])) {
    const key = path.join(".");
    const judged = judge(document, path, value);
    if (judged === null) imports.push({ key, value });
    else leaves.push({ key, because: judged });
  }
  return { ...found, imports, leaves };
}

/** Why the key is left behind; null when it can be used as it stands. */
function judge(document: ConfigDocument, path: readonly string[], value: unknown): string | null {
  const alone: ConfigDocument = { ...document, values: nested(path, value) };
  try {
    const [warning] = readLayer(alone, "user").warnings;
    return warning?.message ?? null;
  } catch (thrown) {
    const { why, message } = AgentpoolError.from(thrown);
    return (why ?? message).replace(`${document.file}:`, "line ");
  }
}

/** Every key with a value. A section whose whole is a value of one key is that value. */
function leavesOf(
  section: Readonly<Record<string, unknown>>,
  at: readonly string[],
): { readonly path: readonly string[]; readonly value: unknown }[] {
  return Object.entries(section).flatMap(([name, value]) => {
    const path = [...at, name];
    if (value === null || value === undefined) return [];
    const isSection = typeof value === "object" && !Array.isArray(value);
    if (isSection && path.length < 3 && !holds(path, value)) {
      return leavesOf(value as Record<string, unknown>, path);
    }
    return [{ path, value }];
  });
}

/** Whether the settings take this object as the value of one key. */
function holds(path: readonly string[], value: unknown): boolean {
  try {
    const document = { file: "", values: nested(path, value), lineOf: () => undefined };
    return [...readLayer(document, "user").values.keys()].includes(path.join("."));
  } catch {
    return false;
  }
}

function nested(path: readonly string[], value: unknown): Record<string, unknown> {
  const [first = "", ...rest] = path;
  return { [first]: rest.length === 0 ? value : nested(rest, value) };
}
