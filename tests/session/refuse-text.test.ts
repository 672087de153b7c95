import { expect, test } from "vitest";
import type { InputFacts } from "../../src/provider/definition.ts";
import { refuseText } from "../../src/session/refuse-text.ts";

const input: InputFacts = {
  enterGapMs: 0,
  settleMs: 0,
  submitKey: "Enter",
  acceptance: "exact",
  commandPrefixes: [],
  queuesWhileBusy: false,
  refused: [
    { pattern: /^\/\w/, when: "always", why: "It is a command.", hint: "Say more." },
    { pattern: /^!/, when: "pasted", why: "Its shell runs it.", hint: "Say more." },
  ],
};
const provider = { displayName: "Agent", input };

test("a text that the agent would run is refused with the reason and a way out", () => {
  expect(() => refuseText(provider, "/exit", "argument")).toThrow(
    expect.objectContaining({
      code: "invalid_task",
      why: "It is a command.",
      hint: expect.stringContaining("--command") as string,
    }),
  );
});

test("how it is handed over decides where only one way is dangerous", () => {
  expect(() => refuseText(provider, "!ls", "pasted")).toThrow("would not take this text");
  expect(() => refuseText(provider, "!ls", "argument")).not.toThrow();
  expect(() => refuseText(provider, "ls", "pasted")).not.toThrow();
});

test("an agent without such texts takes any", () => {
  const { refused: _, ...plain } = input;
  expect(() => refuseText({ displayName: "Agent", input: plain }, "/exit", "pasted")).not.toThrow();
});
