import { describe, expect, test } from "vitest";
import type { ScreenFacts } from "../../src/provider/definition.ts";
import { readScreen, type Screen } from "../../src/provider/read-screen.ts";
import { claude } from "./facts/claude.ts";
import { codex } from "./facts/codex.ts";
import { opencode } from "./facts/opencode.ts";
import { recorded } from "./recorded.ts";

/** Things that agents say, print and quote, and that older tools took for a state. */
const said: Readonly<Record<string, readonly string[]>> = {
  "a question of the kind that dialogs ask": ["Do you want to proceed?"],
  "a shell prompt with y/N": ['read -r -p "Continue? [y/N] " answer', "Overwrite the file? (y/n)"],
  "the word coverage": ["Test coverage: 93%, API credits are not touched."],
  "the word resets": ["The counter resets at 7:55am (UTC) and the limit reached is 5."],
  "a limit in its own words": ["You've hit your usage limit of three files, as I said."],
  "an exception": ["Traceback (most recent call last):", "panic: exception, command not found"],
  "a numbered list": ["1. Yes", "2. No", "3. Type something."],
  "a list after a question": ["Which of these should I take?", "1. Red", "2. Blue"],
  "the hint of a running turn": ["Press esc to interrupt it (2s • esc to interrupt)."],
  "a spinner in a code block": ["spinner = '⠋⠙⠹'", "⠋ working"],
  "the words of an approval": ["Would you like to run the following command?", "$ rm -rf /"],
};

function inClaude(lines: readonly string[]): Screen {
  const idle = recorded("claude", "completed-120").lines;
  const composer = idle.findLastIndex((line) => line.includes("❯")) - 1;
  const spoken = lines.map((line, index) => (index === 0 ? `● ${line}` : `  ${line}`));
  return {
    lines: [...idle.slice(0, 8), ...spoken, "", ...idle.slice(composer)],
    title: "✳ Claude Code",
  };
}

function inCodex(lines: readonly string[]): Screen {
  const idle = recorded("codex", "tool-done-120").lines;
  const composer = idle.findLastIndex((line) => line.includes("›"));
  const spoken = lines.map((line, index) => (index === 0 ? `• ${line}` : `  ${line}`));
  return { lines: [...idle.slice(0, 8), ...spoken, "", "", ...idle.slice(composer)], title: "a" };
}

function inOpencode(lines: readonly string[]): Screen {
  const idle = recorded("opencode", "approval-done-120").lines;
  const box = idle.findLastIndex((line) => line.includes("╹")) - 4;
  const spoken = lines.map((line) => `     ${line}`);
  return { lines: [...idle.slice(0, 6), ...spoken, "", ...idle.slice(box)], title: "OC | a" };
}

const clis: readonly [string, ScreenFacts, (lines: readonly string[]) => Screen][] = [
  ["codex", codex, inCodex],
  ["claude", claude, inClaude],
  ["opencode", opencode, inOpencode],
];

describe.each(clis)("what %s says in its conversation", (_cli, facts, inside) => {
  test.each(Object.entries(said))("is no state: %s", (_name, lines) => {
    const reading = readScreen(facts, inside(lines), null);
    expect(reading).toMatchObject({ busy: false, dialog: null, limit: null });
    expect(reading?.composer?.draft).toBe("");
  });
});

/** A whole dialog that somebody pasted or the agent printed, with the composer below it. */
describe("a dialog quoted in the conversation", () => {
  test.each([
    ["codex", codex, "approval-exec-120", "tool-done-120"],
    ["codex", codex, "usage-limit-120", "tool-done-120"],
    ["codex", codex, "first-run-120", "tool-done-120"],
    ["claude", claude, "approval-bash-120", "completed-120"],
    ["claude", claude, "question-120", "completed-120"],
    ["claude", claude, "plan-approval-120", "completed-120"],
    ["claude", claude, "first-run-trust-120", "completed-120"],
    ["opencode", opencode, "approval-bash-120", "approval-done-120"],
    ["opencode", opencode, "question-120", "approval-done-120"],
  ] as const)("of %s is part of it: %s %s", (cli, facts, dialog, idle) => {
    const quoted = recorded(cli, dialog).lines;
    const below = recorded(cli, idle).lines.slice(-16);
    const screen = { lines: [...quoted, ...below], title: "" };
    const reading = readScreen(facts, screen, null);
    expect(reading?.dialog).toBeNull();
    expect(reading?.composer).not.toBeNull();
  });
});

describe("text above the last submitted prompt", () => {
  const limit = "  ⎿  You've hit your 5-hour limit · resets 7:55am (UTC)";

  test("does not count: a limit of an earlier turn is over", () => {
    const before = inClaude(["fine"]).lines;
    const prompt = before.findLastIndex((line) => line.includes("● fine"));
    const screen = (lines: readonly string[]): Screen => ({
      lines: [...before.slice(0, prompt), ...lines, "", ...before.slice(prompt + 2)],
      title: "",
    });
    expect(readScreen(claude, screen(["❯ try", limit]), null)?.limit).not.toBeNull();
    expect(
      readScreen(claude, screen(["❯ try", limit, "", "❯ again", "", "● ok"]), null)?.limit,
    ).toBeNull();
  });

  test("counts as nothing when the prompt itself quotes a limit of its own", () => {
    const screen = inClaude(["ok"]);
    const lines = screen.lines.map((line) =>
      line.replace("SLOW hello first", "You've hit your 5-hour limit · resets soon"),
    );
    expect(readScreen(claude, { lines, title: "" }, null)?.limit).toBeNull();
  });
});

test("a task echoed with questions in it asks nothing", () => {
  const task = [
    "❯ Should I use tabs? Which style do you want?",
    "  Do you want to proceed?",
    "  1. Yes",
    "  2. No",
    "",
  ];
  const idle = inClaude(["working on it"]).lines;
  const at = idle.findIndex((line) => line.includes("working on it"));
  const screen = { lines: [...idle.slice(0, at), ...task, ...idle.slice(at)], title: "" };
  expect(readScreen(claude, screen, null)).toMatchObject({
    busy: false,
    dialog: null,
    limit: null,
  });
});
