import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonCandidates } from "../../../src/domain/json/find-json.ts";
import { atJsonPath, parseJsonPath } from "../../../src/domain/json/json-path.ts";
import { faultsOf, schemaFaults, type JsonSchema } from "../../../src/domain/json/json-schema.ts";
import { applyTransform } from "../../../src/domain/transform.ts";
import { workedMs } from "../../support/worked-ms.ts";

describe("the JSON in an answer", () => {
  test.each([
    ["by itself", '{"a": 1}', { a: 1 }],
    ["in a fence", 'Sure!\n```json\n{"a": 1}\n```\nDone.', { a: 1 }],
    ["in a fence without an end", 'Sure!\n~~~\n{"a": 1}', { a: 1 }],
    [
      "in the last of several fences",
      '```\n{"a": 0}\n```\nbetter:\n```json\n{"a": 1}\n```',
      { a: 1 },
    ],
    ["between words", 'I think {"a": 1} is it, [really]', { a: 1 }],
    ["with brackets in its strings", 'so: {"a": "}{]["} ok', { a: "}{][" }],
    ["with escaped quotes", 'so: {"a": "\\"}"} ok', { a: '"}' }],
    ["a list with prose in brackets before it", "As said [see above], [1, 2]", [1, 2]],
    ["behind braces that are none", "{braces} and {more} [1]", [1]],
  ])("is found %s", (_, text, value) => {
    expect(jsonCandidates(text)[0]).toEqual(value);
  });

  test("is none where there is none, and an open one is no value", () => {
    expect(jsonCandidates("just prose")).toEqual([]);
    expect(jsonCandidates('{"a": 1')).toEqual([]);
    expect(jsonCandidates("")).toEqual([]);
  });

  test("is found in whatever words stand around it", () => {
    const words = fc.string().map((text) => text.replaceAll(/[[\]{}"`~]/g, ""));
    fc.assert(
      fc.property(words, words, fc.dictionary(fc.string(), fc.jsonValue()), (a, b, value) => {
        const text = JSON.stringify(value);
        expect(jsonCandidates(`${a} ${text} ${b}`)).toContainEqual(JSON.parse(text));
      }),
    );
  });

  test("is not looked for without end: a megabyte of brackets takes little time", () => {
    const worked = workedMs(() => {
      expect(jsonCandidates("[".repeat(1_000_000))).toEqual([]);
      expect(jsonCandidates("{}".repeat(500_000)).length).toBeLessThan(1000);
    });
    expect(worked).toBeLessThan(2000);
  });
});

describe("a schema", () => {
  const schema: JsonSchema = {
    type: "array",
    minItems: 1,
    maxItems: 2,
    uniqueItems: true,
    items: {
      type: "object",
      required: ["title"],
      additionalProperties: false,
      properties: {
        title: { type: "string", minLength: 1, maxLength: 5 },
        size: { enum: ["s", "l"] },
        n: { type: ["integer", "null"], minimum: 1, maximum: 9 },
      },
    },
  };

  test.each([
    [[{ title: "a" }], []],
    [{}, ["$ is an object, not array"]],
    [[], ["$ has 0 entries, not at least 1"]],
    [[{ title: "" }], ["$[0].title has 0 characters, not at least 1"]],
    [[{ size: "m" }], ['$[0] lacks "title"', '$[0].size is none of "s", "l"']],
    [[{ title: "a", "o o": 1 }], ['$[0]["o o"] does not belong there; known: title, size, n']],
    [[{ title: "a", n: 1.5 }], ["$[0].n is a number, not integer or null"]],
    [[{ title: "a", n: 0 }], ["$[0].n is 0, not at least 1"]],
    [
      [
        { title: "a", n: null },
        { n: null, title: "a" },
      ],
      ["$[1] is there twice"],
    ],
    [["x"], ["$[0] is a string, not object"]],
    [[{ title: "👍👍👍👍👍" }], []],
  ])("says of %j what is wrong", (value, faults) => {
    expect(faultsOf(schema, value).map(({ at, message }) => `${at} ${message}`)).toEqual(faults);
  });

  test("with a keyword that is not checked is refused, at its place", () => {
    expect(schemaFaults(schema)).toEqual([]);
    const [fault] = schemaFaults({ properties: { a: { items: { pattern: "x" } } } });
    expect(fault?.at).toBe("$.properties.a.items.pattern");
    expect(fault?.message).toContain("is not supported");
    expect(schemaFaults({ type: "text" })[0]?.at).toBe("$.type");
    expect(schemaFaults({ anyOf: [{ minItems: -1 }] })[0]?.at).toBe("$.anyOf[0].minItems");
    expect(schemaFaults(7)[0]?.message).toContain("is no schema");
  });
});

describe("a path", () => {
  const value = { tasks: [{ name: "a" }, { name: "b", "odd name": [1, 2] }], n: 1 };

  test.each([
    ["$", value],
    ["n", 1],
    ["$.tasks[0].name", "a"],
    ["tasks[-1].name", "b"],
    ["$.tasks[*].name", ["a", "b"]],
    ["$.tasks.*.name", ["a", "b"]],
    ['$.tasks[1]["odd name"][0]', 1],
    ["$.tasks[7]", undefined],
    ["$.constructor", undefined],
  ])("%s leads to its value", (path, found) => {
    const steps = parseJsonPath(path);
    expect(steps).not.toBeNull();
    expect(atJsonPath(value, steps ?? [])).toEqual(found);
  });

  test.each(["$.", "a b", "$..a", "a[", "a[x]", "$[1]x", "ab[1]c"])("%s is none", (path) => {
    expect(parseJsonPath(path)).toBeNull();
  });
});

test("characters are cut whole, from either end", () => {
  expect(applyTransform({ kind: "first", characters: 2 }, "👍é3")).toEqual({ text: "👍é" });
  expect(applyTransform({ kind: "last", characters: 2 }, "1é👍")).toEqual({ text: "é👍" });
  expect(applyTransform({ kind: "last", characters: 9 }, "abc")).toEqual({ text: "abc" });
  expect(applyTransform({ kind: "first", characters: 0 }, "abc")).toEqual({ text: "" });
  expect(applyTransform({ kind: "last", characters: 0 }, "abc")).toEqual({ text: "" });
});

test("the JSON that fits the schema is taken, and what is wrong with the best is told", () => {
  const schema: JsonSchema = { type: "object", required: ["plan"] };
  const answer = 'An example {"x": 1, "long": "long"} and mine {"plan": 2}';
  expect(applyTransform({ kind: "json", schema }, answer)).toEqual({ text: '{\n  "plan": 2\n}' });
  expect(applyTransform({ kind: "json", schema }, '{"x": 1}')).toEqual({
    fault: 'the JSON of the response is not as asked for: $ lacks "plan"',
  });
});
