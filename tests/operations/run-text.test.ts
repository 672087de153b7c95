import { expect, test } from "vitest";
import { projectRunView, type RunView } from "../../src/operations/run/run-json.ts";
import { outcomeText, runTree, taskLine } from "../../src/operations/run/run-text.ts";
import { createStyle } from "../../src/surface/cli/style.ts";
import { makeRun, makeTask } from "../support/records.ts";

const reason = "its session ended lost: the tmux server is gone";

function viewOf(error: string): RunView {
  const task = makeTask({ key: "a", title: "tests", state: "failed", error, because: error });
  const because = `1 of 1 task without a result: tests: ${error}`;
  const run = makeRun({ state: "failed", because, output: null });
  const facts = { run, tasks: new Map([["a", task]]), approvals: new Map() };
  return projectRunView(facts, { order: ["a"], dialogs: [] });
}

test("why a task has no result is told once where run and tasks are told together", () => {
  const text = outcomeText(viewOf(reason), createStyle(false, undefined));

  expect(text.split(reason)).toHaveLength(2);
  expect(text).toContain("\n  1 of 1 task without a result\n");
});

test("a screen that need not hold all tasks tells it with the run", () => {
  expect(runTree(viewOf(reason), createStyle(false, 80))).toContain(`result: tests: ${reason}`);
});

test("a reason has all the room that a wide terminal has", () => {
  const [task] = viewOf("x".repeat(180)).tasks;
  const lengthAt = (columns: number | undefined) =>
    (task && /x+(\.\.\.)?$/.exec(taskLine(task, createStyle(false, columns))))?.[0].length;

  expect([lengthAt(undefined), lengthAt(80), lengthAt(160), lengthAt(200)]).toEqual([
    100, 100, 160, 180,
  ]);
});

test("a run that somebody paused says how it goes on", () => {
  const facts = { tasks: new Map(), approvals: new Map() };
  const paused = (because: string): string => {
    const run = makeRun({ state: "paused", because });
    return runTree(
      projectRunView({ run, ...facts }, { order: [], dialogs: [] }),
      createStyle(false, 80),
    );
  };

  expect(paused("person paused it")).toMatch(/\n  \? agentpool run resume rn_/);
  expect(paused("no room today: agentpool run resume X").split("run resume")).toHaveLength(2);
});
