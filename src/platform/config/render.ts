import { stringify } from "yaml";
import type { AnswerRule } from "../../domain/answer-policy.ts";
import type { ConfigEntry } from "./config.ts";
import { rowOf } from "./keys.ts";

/** A value as it would be written. */
export function plainValue({ row, value }: Pick<ConfigEntry, "row" | "value">): unknown {
  if (rowOf(row).type.kind !== "rules") return value;
  return (value as readonly AnswerRule[]).map(({ name, verdict, kinds, providers, patterns }) => ({
    name,
    ...(kinds ? { kinds } : {}),
    ...(providers ? { providers } : {}),
    ...(patterns ? { match: patterns.map((pattern) => pattern.source) } : {}),
    verdict,
  }));
}

/** The settings as one object, nested like the file. */
export function toTree(entries: readonly ConfigEntry[]): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const entry of entries) {
    const parts = entry.key.split(".");
    let at = tree;
    for (const part of parts.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>;
    at[parts.at(-1) ?? ""] = plainValue(entry);
  }
  return tree;
}

export function toYaml(tree: unknown): string {
  return stringify(tree);
}
