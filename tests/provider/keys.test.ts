import { describe, expect, test } from "vitest";
import { isTmuxKey, keyFromScreen } from "../../src/provider/keys.ts";

describe("a key as a screen spells it", () => {
  test.each([
    ["1", "1"],
    ["y", "y"],
    ["Y", "Y"],
    ["esc", "Escape"],
    ["Esc", "Escape"],
    ["enter", "Enter"],
    ["↵", "Enter"],
    ["shift+tab", "BTab"],
    ["Shift-Tab", "BTab"],
    ["ctrl+d", "C-d"],
    ["Ctrl + C", "C-c"],
    ["^C", "C-c"],
    ["alt+enter", "M-Enter"],
    ["f2", "F2"],
    ["↑", "Up"],
    ["more", null],
    ["", null],
    ["cx", null],
  ])("%j is %j for tmux", (word, key) => {
    const found = keyFromScreen(word);
    expect(found).toBe(key);
    expect(found === null || isTmuxKey(found)).toBe(true);
  });
});

describe("tmux", () => {
  test.each(["a", "?", "é", "Enter", "C-c", "M-Enter", "C-M-x", "S-Up", "F12", "PPage"])(
    "knows %s",
    (key) => {
      expect(isTmuxKey(key)).toBe(true);
    },
  );

  test.each(["", " ", "Return", "Esc", "Ctrl-c", "F13", "ab", "C-", "\n"])(
    "does not know %j",
    (key) => {
      expect(isTmuxKey(key)).toBe(false);
    },
  );
});
