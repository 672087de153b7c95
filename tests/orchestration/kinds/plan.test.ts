import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPlan, renderPlan, type PlanRules } from "../../../src/orchestration/kinds/plan.ts";

const rules: PlanRules = {
  roles: ["worker", "tester"],
  maxTasks: 6,
  maxPhases: 3,
  reviewers: [],
};

function shapeOf(answer: string, over: Partial<PlanRules> = {}) {
  const read = readPlan(answer, { ...rules, ...over });
  if ("faults" in read) return read.faults;
  return read.plan.phases.map(({ tasks }) =>
    tasks.map(({ title, role }) => (role === null ? title : `${title}:${role}`)),
  );
}

describe("a plan is read", () => {
  test.each([
    [
      "from an object with phases",
      '{"phases": [{"tasks": ["a", "b"]}, {"tasks": ["c"]}]}',
      [["a", "b"], ["c"]],
    ],
    ["from a list of phases", '[{"name": "x", "tasks": ["a"]}, {"tasks": ["b"]}]', [["a"], ["b"]]],
    [
      "from phases that are texts",
      '{"phases": ["first this", "then that"]}',
      [["first this"], ["then that"]],
    ],
    ["from a list of texts", '["first this", "then that"]', [["first this"], ["then that"]]],
    ["from a list of tasks", '[{"title": "a", "description": "x"}, {"title": "b"}]', [["a", "b"]]],
    [
      "from tasks without phases",
      '{"title": "t", "tasks": [{"name": "a"}, {"name": "b"}]}',
      [["a", "b"]],
    ],
    ["with words around it", 'Sure.\n```json\n{"phases": [{"tasks": ["a"]}]}\n```\nOk?', [["a"]]],
    ["with roles in its tasks", '[{"title": "a", "role": "tester"}]', [["a:tester"]]],
    [
      "with roles by title",
      '{"tasks": ["a", "b"], "role_assignments": {"b": "tester"}}',
      [["a"], ["b:tester"]],
    ],
    [
      "with titles by role",
      '{"tasks": [{"title": "b"}], "role_assignments": {"tester": ["b"]}}',
      [["b:tester"]],
    ],
    ["from prose", "# Do it\n\nAll of it.", [["Do it"]]],
    [
      "from prose with JSON that is no plan",
      'Run it with {"debug": true}.',
      [['Run it with {"debug": true}.']],
    ],
  ])("%s", (_, answer, shape) => {
    expect(shapeOf(answer)).toEqual(shape);
  });

  test.each([
    ["nothing", "  ", ["the plan is empty"]],
    ["no tasks", '{"phases": []}', ["it has no tasks"]],
    [
      "an empty phase",
      '{"phases": [{"name": "x", "tasks": ["a"]}, {"name": "y", "tasks": []}]}',
      ["y has no tasks"],
    ],
    [
      "too many tasks",
      JSON.stringify({ phases: [{ tasks: Array.from("abcdefg") }] }),
      ["it has 7 tasks, not at most 6"],
    ],
    ["too many phases", JSON.stringify(Array.from("abcd")), ["it has 4 phases, not at most 3"]],
    ["a task twice", '{"phases": [{"tasks": ["a", "A"]}]}', ['"A" is there twice in phase 1']],
    [
      "a task without words",
      '{"phases": [{"tasks": [{"title": ""}]}]}',
      ["task 1 of phase 1 says nothing"],
    ],
    ["a task that is a number", '{"phases": [{"tasks": [7]}]}', ["task 1 of phase 1 says nothing"]],
    [
      "an unknown role",
      '[{"title": "a", "role": "constructor"}]',
      ['"a" is for the role "constructor", which the team does not have; it has worker, tester'],
    ],
  ])("and refused with %s", (_, answer, faults) => {
    expect(shapeOf(answer)).toEqual(faults);
  });

  test("and has to answer every review, in either form", () => {
    const both = { reviewers: ["x", "y"] };
    const tasks = ["a"];
    expect(shapeOf(JSON.stringify({ tasks, answers: { x: "1", y: "2" } }), both)).toEqual([["a"]]);
    const answers = [
      { reviewer: "x", answer: " " },
      { reviewer: "y", answer: "2" },
    ];
    expect(shapeOf(JSON.stringify({ tasks, answers }), both)).toEqual([
      "it has no answer to the review of x",
    ]);
    expect(shapeOf("prose answers all", both)).toEqual([["prose answers all"]]);
  });

  test("or told what is wrong with it, whatever JSON comes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("phases", "tasks", null), (value, field) => {
        const answer = JSON.stringify(field === null ? value : { [field]: value });
        const read = readPlan(answer, rules);
        const tasks = "plan" in read ? read.plan.phases.flatMap((phase) => phase.tasks) : [];
        expect("plan" in read ? tasks.length : read.faults.length).toBeGreaterThan(0);
        expect(tasks.every(({ title, description }) => title !== "" && description !== "")).toBe(
          true,
        );
        if ("plan" in read) renderPlan(read.plan);
      }),
    );
  });
});
