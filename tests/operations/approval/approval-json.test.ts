import { expect, test } from "vitest";
import {
  approvalReceipt,
  projectApproval,
  projectDialog,
} from "../../../src/operations/approval/approval-json.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";
import { makeApproval, makePrompt } from "../../support/records.ts";

test("a dialog of which no subject is told is named by all that it asks, in one line", () => {
  const text = "Run this command?\n   rm -rf build";

  expect(projectDialog(makePrompt({ subject: null, text })).subject).toBe(
    "Run this command? rm -rf build",
  );
  expect(projectDialog(makePrompt({ subject: "rm -rf build", text })).subject).toBe("rm -rf build");
  expect(projectDialog(makePrompt({ subject: null, text: "x".repeat(900) })).subject).toHaveLength(
    200,
  );
});

test("what a person asked for is decided under another name, and the lines to type say so", () => {
  const linesOf = (requestedBy: string): readonly string[] =>
    projectApproval(makeApproval({ id: "av_1", requestedBy })).answer_with;

  expect(linesOf("person")).toEqual([
    "agentpool approval approve av_1 --agent NAME",
    'agentpool approval reject av_1 --agent NAME --comment "..."',
  ]);
  expect(linesOf("agent:ci")[0]).toBe("agentpool approval approve av_1");
});

test("whoever decided gets a receipt and not the whole plan again", () => {
  const decided = makeApproval({
    id: "av_1",
    runId: "rn_1",
    state: "approved",
    subject: "plan, round 1",
    body: "a plan\n".repeat(100),
    comment: "Go\nahead",
  });

  expect(approvalReceipt(projectApproval(decided), createStyle(false, 80)).split("\n")).toEqual([
    expect.stringMatching(/^av_1 {2}approved {2}\w+: plan, round 1 {2}Go ahead$/),
    "agentpool run watch rn_1",
  ]);
});
