import { expect, test } from "vitest";
import { readScenario } from "./scenario.ts";

test("wishes are read in their order, whatever stands around them", () => {
  const moves = readScenario(
    "Please [[tool:shell:echo a:b > c]]\nthen [[edit:dir/n.txt:one\\ntwo]] and [[say:done: all]].",
  );
  expect(moves).toEqual([
    [{ verb: "shell", command: "echo a:b > c", asks: true }],
    [{ verb: "write", path: "dir/n.txt", text: "one\ntwo" }],
    [{ verb: "say", text: "done: all" }],
  ]);
});

test("a plus between two wishes puts both into one model call", () => {
  expect(readScenario("[[run:ls]] + [[run:pwd]][[slow:2]]").map((move) => move.length)).toEqual([
    2, 1,
  ]);
});

test("a question may contain colons, its options follow the last one", () => {
  expect(readScenario("[[ask:Which: one?:red|blue]]")).toEqual([
    [{ verb: "ask", question: "Which: one?", options: ["red", "blue"] }],
  ]);
});

test("double brackets of a shell are no wishes", () => {
  expect(readScenario("if [[ -f x ]]; then [[ $a == b ]]; fi")).toEqual([]);
});

test.each([
  "[[sya:hello]]",
  "[[slow:long]]",
  "[[status]]",
  "[[tool:python:x]]",
  "[[ask:no options]]",
])("%s is refused as a typing error", (wish) => {
  expect(() => readScenario(wish)).toThrow("mock model");
});
