import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { readJson } from "../../src/provider/json-text.ts";

function json(text: string): { value: unknown; lineOf: (path: string) => number } {
  const read = readJson(text);
  if ("fault" in read) throw new Error(JSON.stringify(read.fault));
  return read.json;
}

/** What the engine makes of a text. */
function parsed(given: string): { readonly value: unknown } | "none" {
  try {
    return { value: JSON.parse(given) as unknown };
  } catch {
    return "none";
  }
}

const text = `{
  "models": [
    { "id": "one", "tags": ["models", "b"] },

    { "id": "two \\"{[", "tags":
      [] }
  ],
  "id": "last"
}`;

describe("a JSON text", () => {
  test.each([
    ["", 1],
    ["models", 2],
    ["models[0].id", 3],
    ["models[0].tags[1]", 3],
    ["models[1]", 5],
    ["models[1].tags", 5],
    ["id", 8],
  ])("tells the line of %j", (path, line) => {
    expect(json(text).lineOf(path)).toBe(line);
  });

  test("tells of a field that is missing where it would stand", () => {
    expect(json(text).lineOf("models[1].name.first")).toBe(5);
    expect(json(text).lineOf("absent")).toBe(1);
  });

  test.each([
    ['{\n "a": 1,\n}', 3, "a", "there is a comma before }"],
    ['{\n "a": [1,\n ]}', 3, "a", "there is a comma before ]"],
    ['{\n "a": {"b": tru}}', 2, "a.b", '"tru" is no value'],
    ['{"a": 1\n "b": 2}', 2, "a", '"\\"" stands where , or } is expected'],
    ["{'a': 1}", 1, "", "\"'a'\" is no name in double quotes"],
    ['{"a"\n  1}', 2, "a", '"1" stands where : is expected'],
    ['{"a": [1, 02]}', 1, "a[1]", '"02" is no value'],
    ['// note\n{"a": 1}', 1, "", '"//" is no value'],
    ['{"a": "x\ny"}', 1, "a", '"\\"" is no value'],
    ['{"a": 1} {', 1, "a", '"{" follows after its end'],
    ['{"a": [', 1, "a[0]", "the end of the text is no value"],
    ["", 1, "", "the end of the text is no value"],
  ])("that is none says where: %j", (broken, line, field, reason) => {
    expect(readJson(broken)).toEqual({ fault: { line, field, reason } });
  });

  test("may begin with a byte order mark, and may not be endlessly deep", () => {
    expect(json('\uFEFF{"a":1}').value).toEqual({ a: 1 });
    expect(readJson("[".repeat(100_000))).toMatchObject({
      fault: { reason: "it is nested deeper than 100" },
    });
  });

  test("is one exactly when the engine says so, and holds the same", () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom("", ",", '"', "}", "]", "\\", "1", " ", "\n"),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.option(damage), (sound, change) => {
        const at = change === null ? 0 : change[0] % sound.length;
        const given =
          change === null ? sound : sound.slice(0, at) + change[1] + sound.slice(at + 1);
        const read = readJson(given);
        expect("json" in read ? { value: read.json.value } : "none").toEqual(parsed(given));
      }),
      { numRuns: 500 },
    );
  });
});
