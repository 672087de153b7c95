import { describe, expect, test } from "vitest";
import { judgeSupervised, type AnswerRule } from "../../src/domain/answer-policy.ts";
import type { PromptKind } from "../../src/domain/prompt.ts";
import type { Supervision } from "../../src/domain/session.ts";
import { makePrompt } from "../support/records.ts";

const everything: AnswerRule = {
  name: "everything",
  kinds: ["question", "approval", "plan", "startup", "limit"],
  verdict: "allow",
};
const options = [
  { label: "Yes", key: "1", role: "allow" as const, reply: null },
  { label: "No", key: "2", role: "deny" as const, reply: null },
];

function verdict(
  kind: PromptKind,
  supervision: Supervision,
  { rules = [], ruledLimits = false }: { rules?: AnswerRule[]; ruledLimits?: boolean } = {},
): string {
  const prompt = makePrompt({ kind, options, subject: null, text: "npm test" });
  const session = { supervision, providerId: "fake" };
  return judgeSupervised(prompt, session, { rules, ruledLimits }).verdict;
}

describe("what may cost money", () => {
  test.each(["interactive", "autonomous", "human_visible"] as const)(
    "is left to a person, whatever the rules say: %s",
    (supervision) => {
      expect(verdict("limit", supervision, { rules: [everything] })).toBe("ask");
    },
  );

  test("is ruled where the configuration says so twice", () => {
    const given = { rules: [everything], ruledLimits: true };
    expect(verdict("limit", "interactive", given)).toBe("allow");
    expect(verdict("limit", "human_visible", given)).toBe("ask");
  });
});

describe("supervision", () => {
  test.each([
    ["interactive", "approval", "ask", "allow"],
    ["interactive", "question", "ask", "allow"],
    ["human_visible", "approval", "ask", "ask"],
    ["human_visible", "question", "ask", "ask"],
    ["autonomous", "approval", "deny", "allow"],
    ["autonomous", "plan", "deny", "allow"],
    ["autonomous", "question", "ask", "allow"],
    ["autonomous", "startup", "ask", "allow"],
  ] as const)("%s, %s: %s without a rule, %s with one", (supervision, kind, without, withOne) => {
    expect(verdict(kind, supervision)).toBe(without);
    expect(verdict(kind, supervision, { rules: [everything] })).toBe(withOne);
  });
});
