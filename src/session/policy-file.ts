import { lstatSync, readFileSync, statSync } from "node:fs";
import type { AnswerPolicy, AnswerRule, PolicyVerdict } from "../domain/answer-policy.ts";
import { AgentpoolError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { PromptKind } from "../domain/prompt.ts";

/** What `policy.yaml` in the home says. */
export interface Policy {
  readonly answers: AnswerPolicy;
  /** Avoid a CLI's folder-trust dialog by settings of its process alone; false shows it. */
  readonly trustFolders: boolean;
  /** Go on with the turn that met a limit once that is over, where the CLI does not by itself. */
  readonly continueAfterLimit: boolean;
  /** New work is refused on an account with less of a quota left, in percent; null for never. */
  readonly minRemainingPercent: number | null;
}

const none: Policy = {
  answers: { rules: [] },
  trustFolders: true,
  continueAfterLimit: true,
  minRemainingPercent: null,
};
const topKeys = ["answers", "trust_folders", "continue_after_limit", "usage"] as const;
const usageKeys = ["min_remaining_percent"] as const;
const ruleKeys = ["name", "kinds", "providers", "match", "verdict"] as const;
const kinds: readonly PromptKind[] = ["question", "approval", "plan", "startup", "limit"];
const verdicts: readonly PolicyVerdict[] = ["allow", "ask", "deny"];

/**
 * Reads the policy file, anew when it changed. No file is an empty policy: nothing is answered.
 * @throws invalid_config with file, line and field
 */
export function policyReader(file: string): () => Promise<Policy> {
  let known: { readonly key: string; readonly policy: Policy } | undefined;
  return async () => {
    const found = readPolicyFile(file, known?.key);
    if (found === undefined) return none;
    if (found.text === undefined) return known?.policy ?? none;
    const policy = await parsePolicy(found.text, file);
    known = { key: found.key, policy };
    return policy;
  };
}

/**
 * The file where it is another than the one with this key; undefined where there is none. A link that
 * leads nowhere is no missing file: its rules are meant to hold.
 * @throws invalid_config
 */
function readPolicyFile(
  file: string,
  knownKey: string | undefined,
): { readonly key: string; readonly text?: string } | undefined {
  if (!lstatSync(file, { throwIfNoEntry: false })) return undefined;
  try {
    const { mtimeMs, size, ino } = statSync(file);
    const key = `${mtimeMs}:${size}:${ino}`;
    return key === knownKey ? { key } : { key, text: readFileSync(file, "utf8") };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw wrong(file, undefined, `the file cannot be read: ${why}`);
  }
}

/** @throws invalid_config */
export async function parsePolicy(text: string, file: string): Promise<Policy> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    throw wrong(file, syntax.linePos?.[0].line, syntax.message.split("\n")[0] ?? "not YAML");
  }
  const content = (document.toJS() ?? {}) as Record<string, unknown>;
  const lineOf = (path: readonly (string | number)[]): number | undefined => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    return node?.range ? lines.linePos(node.range[0]).line : undefined;
  };
  if (typeof content !== "object" || Array.isArray(content)) {
    throw wrong(file, 1, "the file holds no settings");
  }
  checkKeys(content, topKeys, [], file, lineOf);
  const flag = (name: (typeof topKeys)[number]): boolean => {
    const value = content[name] ?? true;
    if (typeof value === "boolean") return value;
    throw wrong(file, lineOf([name]), `${name} is neither true nor false`);
  };
  const rules = content["answers"] ?? [];
  if (!Array.isArray(rules)) throw wrong(file, lineOf(["answers"]), "answers is no list of rules");
  return {
    trustFolders: flag("trust_folders"),
    continueAfterLimit: flag("continue_after_limit"),
    minRemainingPercent: parseUsage(content["usage"], file, lineOf),
    answers: {
      rules: rules.map((rule, index) => parseRule(rule, ["answers", index], file, lineOf)),
    },
  };
}

type LineOf = (path: readonly (string | number)[]) => number | undefined;

function parseUsage(usage: unknown, file: string, lineOf: LineOf): number | null {
  if (usage === undefined || usage === null) return null;
  if (typeof usage !== "object" || Array.isArray(usage)) {
    throw wrong(file, lineOf(["usage"]), "usage holds no settings");
  }
  checkKeys(usage as Record<string, unknown>, usageKeys, ["usage"], file, lineOf);
  const least = (usage as Record<string, unknown>)["min_remaining_percent"] ?? null;
  if (least === null) return null;
  if (typeof least === "number" && least >= 0 && least <= 100) return least;
  const why = "min_remaining_percent is no number from 0 to 100";
  throw wrong(file, lineOf(["usage", "min_remaining_percent"]), why);
}

function parseRule(
  rule: unknown,
  path: readonly (string | number)[],
  file: string,
  lineOf: LineOf,
): AnswerRule {
  const line = lineOf(path);
  if (typeof rule !== "object" || rule === null) throw wrong(file, line, "a rule has no fields");
  const fields = rule as Record<string, unknown>;
  checkKeys(fields, ruleKeys, path, file, lineOf);
  const { name, verdict } = fields;
  if (typeof name !== "string" || name === "") throw wrong(file, line, "a rule has no name");
  if (!verdicts.includes(verdict as PolicyVerdict)) {
    throw wrong(file, line, `rule ${name}: verdict is none of ${verdicts.join(", ")}`);
  }
  const about = listOf(fields["kinds"]);
  const odd = about?.find((kind) => !kinds.includes(kind as PromptKind));
  if (odd !== undefined) {
    throw wrong(file, line, `rule ${name}: "${odd}" is none of ${kinds.join(", ")}`);
  }
  const providers = listOf(fields["providers"]);
  return {
    name,
    verdict: verdict as PolicyVerdict,
    ...(about ? { kinds: about as PromptKind[] } : {}),
    ...(providers ? { providers } : {}),
    ...(fields["match"] === undefined
      ? {}
      : { patterns: patternsOf(fields["match"], name, file, line) }),
  };
}

function patternsOf(
  match: unknown,
  name: string,
  file: string,
  line: number | undefined,
): RegExp[] {
  return (listOf(match) ?? []).map((source) => {
    try {
      return new RegExp(source, "i");
    } catch (thrown) {
      throw wrong(file, line, `rule ${name}: ${thrown instanceof Error ? thrown.message : source}`);
    }
  });
}

function listOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

function checkKeys(
  fields: Record<string, unknown>,
  known: readonly string[],
  path: readonly (string | number)[],
  file: string,
  lineOf: LineOf,
): void {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const hint = near ? `; did you mean ${near}?` : `; known: ${known.join(", ")}`;
    throw wrong(file, lineOf([...path, key]), `"${key}" is no setting${hint}`);
  }
}

function wrong(file: string, line: number | undefined, why: string): AgentpoolError {
  const where = line === undefined ? file : `${file}:${line}`;
  return new AgentpoolError("invalid_config", `The policy file cannot be used`, {
    why: `${where}: ${why}`,
    hint: `Correct ${where} or move the file away; without it nothing is answered by rule.`,
  });
}
