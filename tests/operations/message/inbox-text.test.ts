import { expect, test } from "vitest";
import { check, type Output } from "../../../src/operations/message/check.ts";
import { createStyle } from "../../../src/surface/cli/style.ts";

const style = createStyle(false, 80);
const output: Output = {
  participant: "agent:ci",
  messages: [],
  ack_through: 3,
  open: 0,
  history: [],
};

test("the line that acknowledges what was read names whose messages they are", () => {
  const lines = (input: Readonly<Record<string, unknown>>): string[] =>
    (check.cli?.render(output as never, style, input) ?? "").split("\n");

  expect(lines({ agent: "ci" })).toContain("agentpool msg ack --through 3 --agent ci");
  expect(lines({})).toContain("agentpool msg ack --through 3");
});

test("below a history nothing new is no denial of what stands above", () => {
  const past = { id: "ms_1", body: "hello" } as unknown as Output["history"][number];
  const text = (history: Output["history"]): string =>
    check.cli?.render({ ...output, history } as never, style, {}) ?? "";

  expect(text([])).toMatch(/^No messages\.$/m);
  expect(text([past])).toMatch(/^No new messages\.$/m);
});
