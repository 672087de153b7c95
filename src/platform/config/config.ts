import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { ConfigWarning, Layer, LayerValue } from "./layer.ts";
import {
  configKeys,
  rowOf,
  type AnyKey,
  type ConfigKey,
  type ProviderKey,
  type ValueOf,
} from "./keys.ts";
import { readEnvironment } from "./environment.ts";

/** Where a value comes from. */
export type Origin =
  | { readonly source: "default" }
  | { readonly source: "user" | "project"; readonly file: string; readonly line: number | null }
  | { readonly source: "environment"; readonly name: string };

export interface ConfigEntry {
  /** `policy.max_turns`, `providers.codex-cli.binary`: with the id where one belongs. */
  readonly key: string;
  readonly row: AnyKey;
  readonly value: unknown;
  readonly origin: Origin;
}

/** What is in force: environment before project before user before default. Never changes. */
export interface Config {
  get<K extends ConfigKey>(key: K): ValueOf<K>;
  /** A key below `providers.ID`; `names` are the id and its aliases, the first that is written wins. */
  ofProvider<K extends ProviderKey>(
    names: readonly string[],
    key: K,
  ): ValueOf<`providers.*.${K}` & AnyKey>;
  /** Every key of the table in its order, then those of providers and agents that are written. */
  readonly entries: readonly ConfigEntry[];
  readonly warnings: readonly ConfigWarning[];
}

export interface ConfigLayers {
  readonly user?: Layer;
  readonly project?: Layer;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** @throws invalid_config for a value of the environment that the key cannot have */
export function mergeConfig({ user, project, env = {} }: ConfigLayers): Config {
  const found = new Map<string, ConfigEntry>();
  const warnings = [...(user?.warnings ?? []), ...(project?.warnings ?? [])];
  for (const key of Object.keys(configKeys) as AnyKey[]) {
    if (key.includes(".*.")) continue;
    const { default: value } = rowOf(key);
    found.set(key, { key, row: key, value, origin: { source: "default" } });
  }
  for (const [key, one] of user?.values ?? []) found.set(key, entryOf(key, one, "user", user));
  for (const [key, one] of project?.values ?? []) {
    if (rowOf(one.row).project === "trusted") {
      const trusted = found.get("worktree.trusted_repositories")?.value as readonly string[];
      if (isOf(project?.file ?? "", trusted)) {
        found.set(key, entryOf(key, one, "project", project));
      } else {
        const message = `is ignored: name ${dirname(project?.file ?? "")} in worktree.trusted_repositories of your own config.yaml`;
        warnings.push({ file: project?.file ?? "", line: one.line, key, message });
      }
      continue;
    }
    const value = narrowed(one, found.get(key)?.value);
    if (value !== undefined) {
      found.set(key, entryOf(key, { ...one, value }, "project", project));
      continue;
    }
    const message = "is ignored: a project may only be stricter than you are";
    warnings.push({ file: project?.file ?? "", line: one.line, key, message });
  }
  for (const { key, value, name } of readEnvironment(env)) {
    found.set(key, { key, row: key, value, origin: { source: "environment", name } });
  }
  const entries = [...found.values()];
  return {
    entries,
    warnings,
    get: (key) => found.get(key)?.value as never,
    ofProvider: (names, key) => {
      const row = `providers.*.${key}` as AnyKey;
      const written = names
        .map((name) => found.get(`providers.${name}.${key}`))
        .find((one) => one !== undefined);
      return (written ? written.value : rowOf(row).default) as never;
    },
  };
}

/** Whether a project's file lies in one of the folders, whatever links lead there. */
function isOf(file: string, folders: readonly string[]): boolean {
  const real = (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  };
  const folder = real(dirname(file));
  return folders.some((one) => real(one) === folder);
}

function entryOf(
  key: string,
  { row, value, line }: LayerValue,
  source: "user" | "project",
  layer: Layer | undefined,
): ConfigEntry {
  return { key, row, value, origin: { source, file: layer?.file ?? "", line: line ?? null } };
}

/** What a project's value comes to, undefined where it would widen what the person allows. */
function narrowed({ row, value }: LayerValue, present: unknown): unknown {
  switch (rowOf(row).project) {
    case "any":
      return value;
    case "true":
    case "false":
      return String(value) === rowOf(row).project ? value : undefined;
    case "lower":
      return present === null || present === undefined || Number(value) <= Number(present)
        ? value
        : undefined;
    case "adds":
      return [...new Set([...(present as readonly unknown[]), ...(value as readonly unknown[])])];
    case "trusted":
    case "no":
      return undefined;
  }
}
