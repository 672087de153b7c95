import { expect, test } from "vitest";
import { projectApproval, projectDialog } from "../../../src/operations/approval/approval-json.ts";
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
