import { expect, test } from "vitest";
import { fill } from "./fill.ts";

const claim = (token: number): string => JSON.stringify({ task: { id: "tk_1", claim: { token } } });
const wanted = { task_id: "{{task.id}}", token: "{{task.claim.token}}", notes: ["of {{task.id}}"] };
const filled = { task_id: "tk_1", token: 7, notes: ["of tk_1"] };

test.each([
  ["the text of a result", claim(7)],
  ["a text with the agent's words around it", `Script completed\nOutput:\n${claim(7)}\n`],
  ["a result whole", JSON.stringify({ content: [], structuredContent: JSON.parse(claim(7)) })],
  ["its text alone", JSON.stringify({ content: [{ type: "text", text: claim(7) }] })],
])("the input of a tool is filled from %s", (_, result) => {
  expect(fill(wanted, [claim(3), result, "ok"])).toEqual(filled);
});

test("what no result has is told, and nothing is made up", () => {
  expect(() => fill(wanted, [JSON.stringify({ task: null })])).toThrow(
    'mock model: no result of a tool has task.id: ["{\\"task\\":null}"]',
  );
});
