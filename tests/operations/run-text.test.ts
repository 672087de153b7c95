import { expect, test } from "vitest";
import { projectRunView, type RunView } from "../../src/operations/run/run-json.ts";
import { approvalLine, outcomeText, runTree, taskLine } from "../../src/operations/run/run-text.ts";
import { createStyle } from "../../src/surface/cli/style.ts";
import { makeApproval, makeRun, makeTask } from "../support/records.ts";

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

test("what the run tells of itself its tasks do not tell again", () => {
  const own = makeTask({ id: "tk_own", key: "b", state: "failed", because: "broken" });
  const of = (key: string) =>
    makeTask({ id: `tk_${key}`, key, state: "cancelled", because: "person cancelled it" });
  const tasks = new Map([
    ["a", of("a")],
    ["b", own],
    ["c", of("c")],
  ]);
  const run = makeRun({ state: "cancelled", because: "person cancelled it" });
  const view = projectRunView(
    { run, tasks, approvals: new Map() },
    { order: ["a", "b", "c"], dialogs: [] },
  );
  const text = runTree(view, createStyle(false, 80));

  expect(text.split("person cancelled it")).toHaveLength(2);
  expect(text).toContain("broken");
});

test("a run without a task does not say how many of none are done", () => {
  const none = { tasks: new Map(), approvals: new Map() };
  const text = (fields: Parameters<typeof makeRun>[0]): string =>
    runTree(
      projectRunView({ run: makeRun(fields), ...none }, { order: [], dialogs: [] }),
      createStyle(false, 80),
    );

  expect(text({})).toContain("no tasks yet");
  expect(text({ state: "cancelled", endedAt: 1 })).toMatch(/no tasks$/m);
});

test("a gate names what shows all of it, and asks no more once it is decided", () => {
  const lines = (fields: Parameters<typeof makeApproval>[0]) => {
    const approvals = new Map([["gate-01", makeApproval({ id: "av_1", ...fields })]]);
    const facts = { run: makeRun(), tasks: new Map(), approvals };
    const view = projectRunView(facts, { order: [], dialogs: [] });
    const [one] = view.approvals;
    return { tree: runTree(view, createStyle(false, 80)), line: one && approvalLine(one) };
  };

  const open = lines({ state: "pending" });
  expect(open.tree).toContain("agentpool approval show av_1");
  expect(open.line).toMatch(/^\? .*agentpool approval approve av_1/);
  const decided = lines({ state: "approved" });
  expect(decided.tree).not.toContain("av_1");
  expect(decided.line).toMatch(/^✔ .*  approved  av_1$/);
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
