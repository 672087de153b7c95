import { describe, expect, test } from "vitest";
import type { Composer } from "../../src/domain/observation.ts";
import type { ScreenFacts } from "../../src/provider/definition.ts";
import { readScreen } from "../../src/provider/read-screen.ts";
import { claude } from "./facts/claude.ts";
import { codex } from "./facts/codex.ts";
import { opencode } from "./facts/opencode.ts";

const border = "─".repeat(60);

function composerOf(facts: ScreenFacts, lines: readonly string[]): Composer | null | undefined {
  return readScreen(facts, { lines, title: "" }, null)?.composer;
}

describe("a draft", () => {
  test("of several lines is read whole, empty lines and all", () => {
    const lines = [
      "● hello",
      border,
      "❯ first",
      "  second",
      "",
      "    indented",
      border,
      "  ⏸ manual mode on",
    ];
    expect(composerOf(claude, lines)?.draft).toBe("first\nsecond\n\n  indented");
  });

  test("that looks like the parts of the screen is read whole", () => {
    const lines = [
      border,
      "❯ look:",
      "  ❯ quoted",
      "  ─────────────",
      "  end",
      border,
      "  ⏸ manual mode on",
    ];
    expect(composerOf(claude, lines)?.draft).toBe("look:\n❯ quoted\n─────────────\nend");
  });

  test("that is longer than the window tells how much of it is out of sight", () => {
    const composer = { ...claude.composer, above: /^───/, hidden: /^─+ ↑ (\d+) more ─/ };
    const facts = { ...claude, composer };
    const lines = ["─── ↑ 40 more ─────", "❯ second to last", "  last", border, "  manual mode on"];
    expect(composerOf(facts, lines)).toMatchObject({
      draft: "second to last\nlast",
      hiddenLines: 40,
    });
    expect(composerOf(facts, lines.with(0, border))).not.toHaveProperty("hiddenLines");
  });

  test("is not looked for in a footer that begins like it", () => {
    const lines = [border, "❯ the draft", border, "❯ a footer"];
    expect(composerOf(claude, lines)?.draft).toBe("the draft");
  });

  test("in a box ends above the box's own footer", () => {
    const lines = [
      "     text",
      "",
      "  ┃",
      "  ┃  one",
      "  ┃",
      "  ┃  two",
      "  ┃",
      "  ┃  Build · Model Vendor",
      "  ╹▀▀▀▀▀▀▀▀▀▀▀",
      "   /w/c   ctrl+p commands",
    ];
    expect(composerOf(opencode, lines)?.draft).toBe("one\n\ntwo");
  });

  test("without an end of its own stops at the first empty line", () => {
    const { until: _until, ...composer } = codex.composer;
    const facts = { ...codex, composer };
    const lines = ["› one", "  two", "", "  gpt-5 default · /w"];
    expect(composerOf(facts, lines)?.draft).toBe("one\ntwo");
  });

  test("leaves out dim text behind what was typed", () => {
    const lines = [border, "❯ comm\u001b[2mit the change\u001b[0m", border];
    expect(composerOf(claude, lines)?.draft).toBe("comm");
  });

  test("is not what a hint says that is not dim", () => {
    const lines = ["›  Ask Codex to do anything", "", "  gpt · /w"];
    expect(composerOf(codex, lines)?.draft).toBe("");
  });
});

describe("the composer", () => {
  test("is not taken from a submitted prompt while it is itself not on screen", () => {
    expect(composerOf(claude, ["❯ a prompt", "● at work", border])).toBeNull();
    expect(composerOf(codex, ["› a prompt", "", "• at work"])).toBeNull();
  });

  test("is the last one, below the prompts that were submitted", () => {
    const lines = ["❯ old", "● reply", border, "❯ new", border];
    expect(composerOf(claude, lines)?.draft).toBe("new");
  });

  test("gives its own line where no guard is on screen", () => {
    const lines = [border, "❯\u00a0typed", border];
    expect(composerOf(claude, lines)?.line).toBe("❯\u00a0typed");
  });
});
