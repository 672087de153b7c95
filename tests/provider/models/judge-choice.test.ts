import { describe, expect, test } from "vitest";
import { judgeChoice, type ModelChoice } from "../../../src/provider/models/judge-choice.ts";
import { extend, noModels, type ModelFile } from "../../../src/provider/models/model-list.ts";

const file: ModelFile = {
  checked: "2026-11-21",
  complete: true,
  also: [{ pattern: "^custom:", what: "own ones" }],
  models: [
    { id: "gpt-9-sol", aliases: ["sol"], efforts: ["low", "high"], default_effort: "low" },
    { id: "gpt-9-luna", efforts: [] },
    { id: "maker/tiny-1" },
  ],
};

const day = 86_400_000;
const checked = Date.parse("2026-11-21T00:00:00Z");

function judge(choice: Partial<ModelChoice>, changes: ModelFile = {}): string[] {
  return judgeChoice(
    { list: extend(extend(noModels, file), changes), broken: [] },
    {
      provider: { id: "sample-cli", tried: ["1.0.0", "1.2.3"] },
      version: "1.2.3",
      model: null,
      effort: null,
      now: checked + day,
      ...choice,
    },
  );
}

describe("a model the CLI does not know", () => {
  test("is named with the nearest one and the day of the list", () => {
    expect(judge({ model: "gpt-9-slo" })).toEqual([
      'sample-cli knows no model "gpt-9-slo", as of 2026-11-21; nearest is gpt-9-sol',
    ]);
    expect(judge({ model: "tiny-1" })[0]).toContain("nearest is maker/tiny-1");
    expect(judge({ model: "something-else" })).toEqual([
      'sample-cli knows no model "something-else", as of 2026-11-21; agentpool models sample-cli lists them',
    ]);
  });

  test.each<[string, Partial<ModelChoice>, ModelFile?]>([
    ["the name is in the list", { model: "gpt-9-sol" }],
    ["the name is an alias", { model: "sol" }],
    ["the name fits what the CLI takes besides", { model: "custom:x" }],
    ["no model was chosen", { model: null, effort: "max" }],
    ["the CLI is newer than those it was made with", { model: "new", version: "1.3.0" }],
    ["the version of the CLI could not be told", { model: "new", version: null }],
    ["the list is not complete", { model: "new" }, { complete: false }],
    ["the list is old", { model: "new", now: checked + 31 * day }],
    [
      "the list says when it is old",
      { model: "new", now: checked + 3 * day },
      { stale_after_days: 2 },
    ],
    ["no version was ever tried", { model: "new", provider: { id: "sample-cli", tried: [] } }],
  ])("is not spoken of when %s", (_, choice, changes) => {
    expect(judge(choice, changes)).toEqual([]);
  });

  test("is spoken of for an older CLI, and for as long as the list says", () => {
    expect(judge({ model: "new", version: "1.1.0" })).toHaveLength(1);
    expect(judge({ model: "new", now: checked + 30 * day })).toHaveLength(1);
    expect(
      judge({ model: "new", now: checked + 90 * day }, { stale_after_days: 100 }),
    ).toHaveLength(1);
  });

  test("that is no name of the CLI's kind is told as that, also where the list is not complete", () => {
    const names = { pattern: "^[^/]+/.", what: "provider/model" };
    expect(judge({ model: "tiny-1" }, { complete: false, names })).toEqual([
      'sample-cli takes models as provider/model, not "tiny-1"; nearest is maker/tiny-1',
    ]);
    expect(judge({ model: "lab/new" }, { complete: false, names })).toEqual([]);
  });
});

describe("a reasoning effort the model does not have", () => {
  test("is named with those it has", () => {
    expect(judge({ model: "sol", effort: "max" })).toEqual([
      'gpt-9-sol of sample-cli has no reasoning effort "max"; it has low, high',
    ]);
    expect(judge({ model: "gpt-9-luna", effort: "low" })).toEqual([
      "gpt-9-luna of sample-cli has no reasoning efforts",
    ]);
  });

  test("is not spoken of where it has it, where nobody knows, and where the list may be old", () => {
    expect(judge({ model: "sol", effort: "high" })).toEqual([]);
    expect(judge({ model: "maker/tiny-1", effort: "max" })).toEqual([]);
    expect(judge({ model: "sol", effort: "max", version: "2.0.0" })).toEqual([]);
  });
});

test("a broken file of the person's is mentioned and decides nothing", () => {
  const broken = [{ file: "/home/me/models/x.json", problems: [] }];
  const list = extend(noModels, file);
  const choice: ModelChoice = {
    provider: { id: "sample-cli", tried: ["1.2.3"] },
    version: "1.2.3",
    model: "gpt-9-sol",
    effort: null,
    now: checked,
  };
  expect(judgeChoice({ list, broken }, choice)).toEqual([
    "/home/me/models/x.json is broken; agentpool models validate tells why",
  ]);
});
