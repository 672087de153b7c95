import type { AnswerRule, PolicyVerdict } from "../../domain/answer-policy.ts";
import { nearest } from "../../domain/nearest.ts";
import type { PromptKind } from "../../domain/prompt.ts";
import { WrongValue } from "./wrong-value.ts";

const ruleKeys = ["name", "kinds", "providers", "match", "verdict"] as const;
const kinds: readonly PromptKind[] = ["question", "approval", "plan", "startup", "limit"];
const verdicts: readonly PolicyVerdict[] = ["allow", "ask", "deny"];

/** The rules for answering dialogs, from what was written. @throws WrongValue */
export function parseRules(value: unknown): readonly AnswerRule[] {
  if (!Array.isArray(value)) throw new WrongValue("this is no list of rules");
  return value.map(parseRule);
}

function parseRule(rule: unknown, index: number): AnswerRule {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule)) {
    throw new WrongValue("a rule has no fields", [index]);
  }
  const fields = rule as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    if ((ruleKeys as readonly string[]).includes(key)) continue;
    const near = nearest(key, ruleKeys);
    const hint = near ? `did you mean ${near}?` : `known: ${ruleKeys.join(", ")}`;
    throw new WrongValue(`"${key}" is no field of a rule; ${hint}`, [index, key]);
  }
  const { name, verdict } = fields;
  if (typeof name !== "string" || name === "") throw new WrongValue("a rule has no name", [index]);
  if (!verdicts.includes(verdict as PolicyVerdict)) {
    throw new WrongValue(`rule ${name}: verdict is none of ${verdicts.join(", ")}`, [index]);
  }
  const about = textsOf(fields["kinds"], name, index);
  const odd = about?.find((kind) => !kinds.includes(kind as PromptKind));
  if (odd !== undefined) {
    throw new WrongValue(`rule ${name}: "${odd}" is none of ${kinds.join(", ")}`, [index, "kinds"]);
  }
  const providers = textsOf(fields["providers"], name, index);
  const patterns = textsOf(fields["match"], name, index)?.map((source) => {
    try {
      return new RegExp(source, "i");
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : source;
      throw new WrongValue(`rule ${name}: ${why}`, [index, "match"]);
    }
  });
  return {
    name,
    verdict: verdict as PolicyVerdict,
    ...(about ? { kinds: about as PromptKind[] } : {}),
    ...(providers ? { providers } : {}),
    ...(patterns ? { patterns } : {}),
  };
}

function textsOf(value: unknown, name: string, index: number): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.map((one) => {
    if (typeof one === "string") return one;
    if (typeof one === "number" || typeof one === "boolean") return String(one);
    throw new WrongValue(`rule ${name} holds no text`, [index]);
  });
}
