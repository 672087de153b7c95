/** What an editor is told about a file without code agrees with what reading it says. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { completeData, dataSchema } from "../../src/provider/data-definition.ts";
import { validateDefinition } from "../../src/provider/validate.ts";
import { sampleData } from "./definition.ts";

const { anyOf, ...rest } = dataSchema();
// zod forgets about unknown fields where it joins two objects, so the choice is looked at apart
const fields = z.fromJSONSchema(rest);
const choices = anyOf as readonly { readonly required: readonly string[] }[];

function fits(data: object): boolean {
  const chosen = choices.some(({ required }) => required.every((field) => field in data));
  return chosen && fields.safeParse(data).success;
}

function isRead(data: Readonly<Record<string, unknown>>): boolean {
  const { definition, problems } = completeData(data, "plain");
  return [...problems, ...validateDefinition(definition)].length === 0;
}

const { screen } = sampleData;
const [rule] = screen.rules;

const repl = { prompt: "$ " };
const withRule = (changes: object): object => ({
  screen: { ...screen, rules: [{ ...rule, ...changes }] },
});

describe("the schema and the checks agree", () => {
  test.each<[string, object]>([
    ["a whole definition", sampleData],
    ["the shortest one", repl],
    ["short forms", { prompt: ["$ "], binary: "bash", launch: ["{binary}"], exit: ["C-c", "C-d"] }],
    ["a plan of keys", { ...repl, interrupt: { keys: [["Escape"], ["C-c"]], gapMs: 5 } }],
    ["words under a condition", { ...repl, launch: ["a", { unless: "resume", args: ["x"] }] }],
    ["files", { ...repl, launch: { argv: ["a"], files: [{ path: "a", content: { b: 1 } }] } }],
    ["a title", { ...repl, title: { busy: "x" } }],
    ["an account", { ...repl, account: { variable: null, folder: "~/.x" } }],
    ["presets", { ...repl, presets: { loud: { voice: "loud" } } }],
    [
      "a trial",
      { ...repl, trial: { free: true, prompts: { reply: "echo pong", approval: null } } },
    ],
    ["a rule of matches in matches", withRule({ match: { all: [{ not: { contains: "x" } }] } })],
    ["a rule of another part", withRule({ match: { within: "title", match: { regex: "x" } } })],
    ["a region by a line", withRule({ region: { fromLast: "x" } })],
    ["an editor's own line", { $schema: "x", ...repl }],
  ])("on %s", (_what, data) => {
    expect(isRead(data as Record<string, unknown>)).toBe(true);
    expect(fields.safeParse(data).error?.issues ?? []).toEqual([]);
    expect(fits(data)).toBe(true);
  });

  test.each<[string, object]>([
    ["nothing", {}],
    ["an unknown field", { ...repl, promtp: "x" }],
    ["an unknown field inside", { ...repl, input: { enterGap: 3 } }],
    ["a field for code", { ...repl, hooks: {} }],
    ["usage probes, which are code", { ...repl, usage: { probes: [] } }],
    ["an id with blanks", { ...repl, id: "My Agent" }],
    ["a number for a text", { ...repl, displayName: 3 }],
    ["a word that is none", { ...repl, verified: "yes" }],
    ["a time out of bounds", { ...repl, input: { settleMs: -1 } }],
    ["an unknown condition", { ...repl, launch: ["a", { if: "modle", args: [] }] }],
    ["no words", { ...repl, launch: [] }],
    ["an empty list of keys", { ...repl, exit: [] }],
    ["a match of two kinds", withRule({ match: { contains: "x", regex: "x" } })],
    ["a region of two kinds", withRule({ region: { lastLines: 1, fromLast: "x" } })],
    ["a dialog without its options", withRule({ dialog: { kind: "question", from: "x" } })],
    ["an environment name with a dash", { ...repl, env: ["A-B"] }],
  ])("against %s", (_what, data) => {
    expect(isRead(data as Record<string, unknown>)).toBe(false);
    expect(fits(data)).toBe(false);
  });
});

test("the published schema is this one, with the words of the contract", () => {
  const published = JSON.parse(
    readFileSync(new URL("../../docs/reference/provider.schema.json", import.meta.url), "utf8"),
  ) as { readonly properties: Readonly<Record<string, { readonly description?: string }>> };
  const own = dataSchema() as { readonly properties: Readonly<Record<string, unknown>> };
  expect(Object.keys(published.properties)).toEqual(Object.keys(own.properties));
  expect(published.properties["id"]?.description).toContain("--provider");
  expect(JSON.stringify(published)).toContain("Time between the settled paste and Enter, in ms.");
});
