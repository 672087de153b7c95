import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatDirective,
  longText,
  parseDirectives,
  verbs,
  type Step,
} from "../../../providers/fake/directives.mjs";

type Scripted = Exclude<Step, { readonly verb: "wrong" }>;

describe("a prompt that scripts the agent", () => {
  test("gives its directives in order and takes no notice of prose", () => {
    const prompt = [
      "Please fix the bug, and !fake say nothing of it.",
      '  !fake ask "Which file?" a.txt|b c.txt|d\\|e',
      '!fake approve "rm -rf \\"build\\""',
      "!fake edit src/a.txt two words",
      "!fake say one\\n is not a newline here",
      '!fake say "one\\ntwo"',
      "!fake sleep 0.25",
      "!faked say no",
    ].join("\n");

    expect(parseDirectives(prompt)).toEqual([
      { verb: "ask", text: "Which file?", options: ["a.txt", "b c.txt", "d|e"] },
      { verb: "approve", command: 'rm -rf "build"' },
      { verb: "edit", path: "src/a.txt", text: "two words" },
      { verb: "say", text: "one\\n is not a newline here" },
      { verb: "say", text: "one\ntwo" },
      { verb: "sleep", ms: 250 },
    ]);
  });

  test.each([
    ["!fake", "no verb"],
    ["!fake aks x", 'no verb "aks"'],
    ["!fake say", "say needs text"],
    ["!fake long many", "chars of long cannot be read"],
    ["!fake ask Which?", "text of ask cannot be read"],
    ['!fake approve "open', "command of approve cannot be read"],
    ["!fake bell twice", "bell takes no more"],
    ['!fake say "a" b', "say takes no more"],
    ['!fake ask "Which?" a||b', "options of ask cannot be read"],
  ])("%s is told to be wrong", (line, because) => {
    const [step] = parseDirectives(line);

    expect(step).toMatchObject({ verb: "wrong", line });
    expect(step?.verb === "wrong" && step.because).toContain(because);
  });

  test.each(Object.entries(verbs))("%s is documented", (_, { about }) => {
    expect(about).toMatch(/^\S.{5,}/);
  });

  test("long text has exactly the length that was asked for, in numbered lines", () => {
    fc.assert(
      fc.property(fc.nat(50_000), (chars) => {
        const text = longText(chars);
        expect(text).toHaveLength(chars);
        expect(text.slice(0, 300)).toBe(longText(300).slice(0, chars));
      }),
      { numRuns: 50 },
    );
  });

  test("what is written as a directive is read as the same step", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const prompt = steps.map((one) => formatDirective(one)).join("\nprose\n");
        expect(parseDirectives(prompt)).toEqual(steps);
      }),
    );
  });

  test("any text is read without an error, each directive line as one step", () => {
    const line = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string().map((rest) => `!fake ${rest}`),
      fc
        .tuple(fc.constantFrom(...Object.keys(verbs)), fc.string())
        .map(([verb, rest]) => `!fake ${verb} ${rest}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.join("\n");
        const marked = text
          .split(/\r\n|\r|\n/)
          .filter((each) => /^!fake([ \t]|$)/.test(each.trim()));
        expect(parseDirectives(text)).toHaveLength(marked.length);
      }),
    );
  });

  test("programs are read piece by piece", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(step), (prose, steps) => {
        const before = prose.join("\n");
        const script = steps.map((one) => formatDirective(one)).join("\n");
        expect(parseDirectives(`${before}\n${script}`)).toEqual([
          ...parseDirectives(before),
          ...parseDirectives(script),
        ]);
      }),
    );
  });
});

/** Text of one argument: no line breaks but `\n`, which has an escape. */
const text = fc
  .string({ unit: "grapheme", minLength: 1 })
  .map((raw) => raw.replace(/\r/g, "r"))
  .filter((raw) => raw !== "");
const label = fc
  .string({ minLength: 1 })
  .map((raw) => raw.replace(/[\\\r\n]/g, "x").trim())
  .filter((raw) => raw !== "");
const labels = fc.array(label, { minLength: 1, maxLength: 9 });
const count = fc.nat(999_999_999);
const ms = fc.nat(9_999_999);

const step: fc.Arbitrary<Scripted> = fc.oneof(
  fc.record({ verb: fc.constant("say" as const), text }),
  fc.record({ verb: fc.constant("long" as const), chars: count }),
  fc.record({ verb: fc.constantFrom("stream", "sleep", "change"), ms }),
  fc.record({ verb: fc.constantFrom("prose", "bell") }),
  fc.record({ verb: fc.constant("ask" as const), text, options: labels }),
  fc.record({ verb: fc.constant("ask" as const), text }),
  fc.record({ verb: fc.constantFrom("approve", "run"), command: text }),
  fc.record({ verb: fc.constant("plan" as const), items: labels }),
  fc.record({ verb: fc.constantFrom("overage", "warn", "fail"), text }),
  fc.record({ verb: fc.constant("tool" as const), name: text, detail: text }),
  fc.record({ verb: fc.constant("edit" as const), path: text, text }),
  fc.record({ verb: fc.constant("usage" as const), input: count, output: count, cached: count }),
  fc.record({ verb: fc.constant("background" as const), count, ms }),
  fc.record({ verb: fc.constant("limit" as const), ms, text }),
  fc.record({ verb: fc.constant("exit" as const), code: count }),
  fc.record({ verb: fc.constant("crash" as const), signal: text }),
  fc.record({ verb: fc.constant("hang" as const), ms }),
);
