import { describe, expect, test } from "vitest";
import { modelNamed, noModels, type ModelList } from "../../../src/provider/models/model-list.ts";
import {
  describeProblem,
  parseModels,
  type ModelProblem,
} from "../../../src/provider/models/parse-models.ts";

function list(file: object, base: ModelList = noModels): ModelList {
  const read = parseModels(JSON.stringify(file), base);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.list;
}

function problems(source: string | object, base: ModelList = noModels): readonly ModelProblem[] {
  const text = typeof source === "string" ? source : JSON.stringify(source);
  const read = parseModels(text, base);
  return "problems" in read ? read.problems : [];
}

const shipped = list({
  source: "the CLI's own list",
  checked: "2026-11-21",
  complete: true,
  also: [{ pattern: "^custom:", what: "own ones" }],
  default: "big-1",
  models: [
    {
      id: "big-1",
      display_name: "Big",
      aliases: ["big"],
      context_window: 200_000,
      efforts: ["low", "high"],
      default_effort: "low",
    },
    { id: "old-1", upgrade: "big-1" },
  ],
});

describe("a person's file", () => {
  test("wins field by field, adds models and takes some away", () => {
    const mine = list(
      {
        default: "mine-1",
        also: [{ pattern: "^lab/", what: "the lab's" }],
        models: [
          { id: "big-1", efforts: ["low", "high", "max"], aliases: [] },
          { id: "mine-1", display_name: "Mine" },
        ],
        remove: ["old-1"],
      },
      shipped,
    );

    expect(mine).toMatchObject({
      source: "the CLI's own list",
      checked: "2026-11-21",
      complete: true,
      defaultModel: "mine-1",
    });
    expect(mine.also.map(({ what }) => what)).toEqual(["own ones", "the lab's"]);
    expect(mine.models).toEqual([
      {
        id: "big-1",
        aliases: [],
        displayName: "Big",
        contextWindow: 200_000,
        efforts: ["low", "high", "max"],
        defaultEffort: "low",
        serviceTiers: [],
        upgrade: null,
      },
      expect.objectContaining({ id: "mine-1", displayName: "Mine", efforts: null }),
    ]);
  });

  test("may name models of the list it is laid over", () => {
    expect(
      problems({ models: [{ id: "mine-1", upgrade: "big" }], default: "big" }, shipped),
    ).toEqual([]);
    expect(modelNamed(shipped, "big")?.id).toBe("big-1");
    expect(modelNamed(shipped, "none")).toBeUndefined();
  });

  test.each<[object, string, string]>([
    [{ modles: [] }, "modles", 'no such field; did you mean "models"?'],
    [{ models: {} }, "models", "{} is no list"],
    [{ models: [{ display_name: "x" }] }, "models[0].id", "it is missing"],
    [{ models: [{ id: "a b" }] }, "models[0].id", '"a b" is not a name without blanks'],
    [{ models: [{ id: "-x" }] }, "models[0].id", '"-x" is not a name without blanks'],
    [
      { models: [{ id: "a", context_window: "1M" }] },
      "models[0].context_window",
      '"1M" is not a whole number from 1 to 100000000',
    ],
    [
      { models: [{ id: "a" }, { id: "b", aliases: ["c", "a"] }] },
      "models[1].aliases[1]",
      '"a" is models[0].id too',
    ],
    [
      { models: [{ id: "a", efforts: ["low", "high"], default_effort: "hihg" }] },
      "models[0].default_effort",
      '"hihg" is none of its efforts; did you mean "high"?',
    ],
    [
      { models: [{ id: "a", upgrade: "bgi-1" }] },
      "models[0].upgrade",
      'no model here is called "bgi-1"; did you mean "big-1"?',
    ],
    [{ default: "bgi" }, "default", 'no model here is called "bgi"; did you mean "big"?'],
    [{ remove: ["odl-1"] }, "remove[0]", 'no model here is called "odl-1"; did you mean "old-1"?'],
    [{ checked: "2026-02-30" }, "checked", '"2026-02-30" is no day such as 2026-11-21'],
    [{ checked: 20261121 }, "checked", "20261121 is no day such as 2026-11-21"],
    [{ stale_after_days: 0 }, "stale_after_days", "0 is not a whole number from 1 to 3650"],
    [{ also: [{ pattern: "^x" }] }, "also[0].what", "it is missing"],
    [
      { names: { pattern: "^(a+)+$", what: "x" } },
      "names.pattern",
      "it may take for ever on one name",
    ],
  ])("that is wrong says which field: %j", (file, field, reason) => {
    expect(problems(file, shipped)).toEqual([{ line: 1, field, reason }]);
  });

  test("that is wrong in several ways says so at once, each with its line", () => {
    const source = `{
  "models": [
    { "id": "a", "effort": ["low"] },
    { "aliases": "b" }
  ],
  "complete": "yes"
}`;
    expect(problems(source).map((one) => describeProblem("mine.json", one))).toEqual([
      'mine.json:3 models[0].effort: no such field; did you mean "efforts"?',
      "mine.json:4 models[1].id: it is missing",
      'mine.json:4 models[1].aliases: "b" is no list',
      'mine.json:6 complete: "yes" is not true or false',
    ]);
  });

  test("that is no JSON, or no object, says where", () => {
    expect(problems('{\n  "models": [\n    { "id": "a", }\n  ]\n}')).toEqual([
      { line: 3, field: "models[0]", reason: "there is a comma before }" },
    ]);
    expect(problems("[]")).toEqual([{ line: 1, field: "", reason: "[] is no object" }]);
  });
});
