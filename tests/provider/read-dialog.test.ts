import { describe, expect, test } from "vitest";
import type { DialogRule, ScreenFacts } from "../../src/provider/definition.ts";
import { readScreen } from "../../src/provider/read-screen.ts";
import { claude } from "./facts/claude.ts";
import { codex } from "./facts/codex.ts";
import { opencode } from "./facts/opencode.ts";
import { recorded } from "./recorded.ts";

const optionsOf = (facts: ScreenFacts, cli: string, name: string): string[] =>
  (readScreen(facts, recorded(cli, name), null)?.dialog?.options ?? []).map(
    ({ label, key, role }) => `${label} | ${key ?? "no key"} | ${role}`,
  );

describe("options of recorded dialogs", () => {
  test("have the keys and roles of codex's command approval", () => {
    expect(optionsOf(codex, "codex", "approval-exec-120")).toEqual([
      "Yes, proceed | y | allow",
      "Yes, and don't ask again for commands that start with `touch /etc/zzz-test` | p | allow_always",
      "No, and tell Codex what to do differently | Escape | deny",
    ]);
  });

  test("are as many as the menu has, whose length varies", () => {
    expect(optionsOf(claude, "claude", "approval-bash-120")).toHaveLength(3);
    expect(optionsOf(claude, "claude", "permhook-pending").at(-1)).toBe("No | 4 | deny");
  });

  test("leave descriptions out", () => {
    expect(optionsOf(claude, "claude", "question-120")).toEqual([
      "Red | 1 | other",
      "Blue | 2 | other",
      "Type something. | 3 | other",
      "Chat about this | 4 | other",
    ]);
    expect(optionsOf(codex, "codex", "usage-limit-120")[0]).toBe(
      "Switch to gpt-6-luna | 1 | allow",
    );
  });

  test("may stand beside each other", () => {
    expect(optionsOf(opencode, "opencode", "approval-bash-120")).toEqual([
      "Allow once | Enter | allow",
      "Allow always | no key | allow_always",
      "Reject | Escape | deny",
    ]);
  });

  test("of a menu without keys are reached from the marked one", () => {
    expect(optionsOf(claude, "claude", "first-run-trust-120")).toEqual([
      "No, exit | Enter | deny",
      "Yes, I trust this folder | Down Enter | allow",
    ]);
    expect(optionsOf(claude, "claude", "first-run-apikey-120")[0]).toBe("Yes | Up Enter | other");
  });
});

describe("the question", () => {
  test("has the command it is about", () => {
    const dialog = readScreen(codex, recorded("codex", "approval-exec-120"), null)?.dialog;
    expect(dialog?.text).toBe(
      "Would you like to run the following command?\nEnvironment: local\nReason: need it for the test\n$ touch /etc/zzz-test",
    );
    expect(dialog?.subject).toBe("touch /etc/zzz-test");
  });

  test("has no rules, borders and hints", () => {
    const text = readScreen(claude, recorded("claude", "approval-bash-120"), null)?.dialog?.text;
    expect(text?.split("\n")).toEqual([
      "Bash command",
      "run test command",
      "touch /proj/dir/w/b/zz && echo $PATH | head -c 20",
      "A variable in this command can't be checked before it runs",
      "Do you want to proceed?",
    ]);
  });
});

describe("the lines that identify a dialog", () => {
  const screens = [
    ["codex", codex, "approval-exec-120"],
    ["codex", codex, "usage-limit-120"],
    ["claude", claude, "approval-bash-120"],
    ["claude", claude, "question-120"],
    ["claude", claude, "first-run-trust-120"],
    ["opencode", opencode, "approval-bash-120"],
    ["opencode", opencode, "question-120"],
  ] as const;

  test.each(screens)("are on the screen as they are: %s %s", (cli, facts, name) => {
    const screen = recorded(cli, name);
    // oxlint-disable-next-line no-control-regex
    const plain = screen.lines.map((line) => line.replaceAll(/\u001b\[[0-9;]*m/g, ""));
    const lines = readScreen(facts, screen, null)?.dialogLines ?? [];
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(plain.some((shown) => shown.includes(line))).toBe(true);
      expect(line).toBe(line.trim());
    }
  });

  test("differ when the same question is asked about another command", () => {
    const screen = recorded("claude", "approval-bash-120");
    const other = {
      ...screen,
      lines: screen.lines.map((line) => line.replaceAll("w/b/zz", "w/b/other")),
    };
    const lines = readScreen(claude, screen, null)?.dialogLines ?? [];
    const plain = other.lines.join("\n");
    expect(lines.every((line) => plain.includes(line))).toBe(false);
  });

  test("stay when the mark moves to another option with a key of its own", () => {
    const screen = recorded("claude", "approval-bash-120");
    const moved = {
      ...screen,
      lines: screen.lines.map((line) => {
        if (line.includes("1. ")) return line.replace("❯", " ");
        return /3\. /.test(line) ? line.replace("   ", " ❯ ") : line;
      }),
    };
    expect(moved.lines).not.toEqual(screen.lines);
    expect(readScreen(claude, moved, null)?.dialogLines).toEqual(
      readScreen(claude, screen, null)?.dialogLines,
    );
  });

  test("hold the mark where the keys depend on it", () => {
    const lines = readScreen(claude, recorded("claude", "first-run-trust-120"), null)?.dialogLines;
    expect(lines).toContain("❯ No, exit");
    expect(lines).toContain("Yes, I trust this folder");
  });

  test("hold no clock and no spinner", () => {
    const reading = readWith([
      "Proceed with it?",
      "running for 12s",
      "⠋ waiting",
      "at 12:30",
      "1. Yes",
      "2. No",
    ]);
    expect(reading?.dialogLines).toEqual(["Proceed with it?", "1. Yes", "2. No"]);
  });
});

const plainRule: DialogRule = {
  kind: "approval",
  from: /^Proceed/,
  option: /^[> ]*(?<key>\d)\. (?<label>.+)$/,
  roles: [{ role: "allow", label: /^Yes/ }],
};

function readWith(
  lines: readonly string[],
  dialog: Partial<DialogRule> = {},
): ReturnType<typeof readScreen> {
  const facts: ScreenFacts = {
    ...codex,
    rules: [
      {
        id: "dialog",
        shows: "dialog",
        priority: 1,
        region: "screen",
        match: { contains: "Proceed" },
        dialog: { ...plainRule, ...dialog },
      },
    ],
  };
  return readScreen(facts, { lines, title: "" }, null);
}

describe("a dialog", () => {
  test("whose question quotes a numbered list has only its own options", () => {
    const dialog = readWith([
      "Proceed with this plan?",
      "1. write",
      "2. test",
      "",
      "> 1. Yes",
      "2. No",
    ])?.dialog;
    expect(dialog?.options.map((option) => option.label)).toEqual(["Yes", "No"]);
    expect(dialog?.text).toBe("Proceed with this plan?\n1. write\n2. test");
  });

  test("whose options cannot be read is still a dialog", () => {
    const reading = readWith(["Proceed?", "[A]bort [C]ontinue"]);
    expect(reading?.dialog).toMatchObject({ kind: "approval", options: [] });
    expect(reading?.composer).toBeNull();
  });

  test("whose first line cannot be found asks what made the rule match", () => {
    const reading = readWith(["So: Proceed?", "1. Yes"]);
    expect(reading?.dialog?.text).toBe("So: Proceed?");
    expect(reading?.dialogLines).toContain("So: Proceed?");
  });

  test("joins labels that go on in the next line", () => {
    const dialog = readWith(["Proceed?", "1. Yes, and never", "     ask again", "2. No"], {
      continuation: /^ {5}(\S.*)$/,
    })?.dialog;
    expect(dialog?.options.map((option) => option.label)).toEqual([
      "Yes, and never ask again",
      "No",
    ]);
  });

  test("may be read by code, which may fail without harm", () => {
    const parsed = readWith(["Proceed?", "(o) go"], {
      parse: (lines) => ({
        kind: "approval",
        text: lines[0] ?? "",
        options: [{ label: "(o) go", key: "o", role: "allow", reply: null }],
        acceptsText: false,
        subject: null,
      }),
    });
    expect(parsed?.dialog?.options[0]?.key).toBe("o");
    expect(parsed?.dialogLines).toEqual(["Proceed?", "(o) go"]);
    const failed = readWith(["Proceed?"], {
      parse: () => {
        throw new Error("no");
      },
    });
    expect(failed?.dialog).toBeNull();
  });
});
