import { describe, expect, test } from "vitest";
import { screen } from "../../../providers/devin-cli/screen.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { captured, capturedScreen } from "./recordings.ts";

function read(state: string, name: string): ReturnType<typeof readScreen> {
  return readScreen(screen, capturedScreen(state, name), "3000.6.11");
}

const calm = { busy: false, composer: {}, dialog: null, limit: null };

const expected: Readonly<Record<string, object>> = {
  idle: calm,
  interrupted: calm,
  error: calm,
  running: { busy: true, composer: { draft: "" }, dialog: null },
  awaiting_approval: { busy: false, composer: null, dialog: { acceptsText: false } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question" } },
  startup: { busy: false, composer: null, dialog: { kind: "startup", acceptsText: false } },
};

const readable = captured.filter(({ state }) => state !== "hold");

test.each(readable)("the captured screen $state/$name is read as such", ({ state, name }) => {
  expect(read(state, name)).toMatchObject(expected[state] ?? { state });
});

test.each(captured.filter(({ state }) => state === "hold"))(
  "the viewer on $state/$name allows no conclusion",
  ({ state, name }) => {
    expect(read(state, name)).toBeUndefined();
  },
);

test("every state has captured screens in both widths", () => {
  for (const state of [...Object.keys(expected), "hold"]) {
    const names = captured.filter((one) => one.state === state).map(({ name }) => name);
    expect([state, names.some((name) => name.endsWith("-100"))]).toEqual([state, true]);
    expect([state, names.some((name) => name.endsWith("-200"))]).toEqual([state, true]);
  }
});

describe("the input line", () => {
  test.each([
    ["fresh-200", ""],
    ["draft-200", "half a thought\n\nand its second paragraph"],
    ["draft-100", "half a thought\n\nand its second paragraph"],
    ["draft-cleared-100", ""],
    ["leave-hint-200", ""],
    ["plan-mode-100", ""],
  ])("on %s holds what somebody typed and did not send", (name, draft) => {
    expect(read("idle", name)?.composer).toMatchObject({ draft, pastePlaceholder: false });
  });

  test("holds a long line whole, wherever it is broken", () => {
    for (const name of ["long-draft-200", "long-draft-100"]) {
      const draft = read("idle", name)?.composer?.draft ?? "";
      expect(draft.replaceAll(/\s/g, "")).toMatch(/^x{250,}$/);
    }
  });

  test("shows a placeholder for a long paste", () => {
    expect(read("idle", "paste-200")?.composer?.pastePlaceholder).toBe(true);
    expect(read("idle", "paste-100")?.composer?.pastePlaceholder).toBe(true);
  });
});

test("what the agent says is never taken for a dialog or for work", () => {
  for (const name of ["prose-200", "prose-100"]) {
    expect(capturedScreen("idle", name).lines.join("\n")).toContain("(Approve once)");
    expect(read("idle", name)).toMatchObject(calm);
  }
});

describe("an approval", () => {
  const asked = (name: string): unknown => {
    const { options } = read("awaiting_approval", name)?.dialog ?? {};
    return options?.map(({ key, role }) => `${key} ${role}`);
  };

  test.each(["command-200", "command-100", "command-moved-200"])(
    "%s has its command, and the digits of its options",
    (name) => {
      expect(read("awaiting_approval", name)?.dialog).toMatchObject({
        kind: "approval",
        subject: "echo hi > a.txt",
        text: "Running command\n$ echo hi > a.txt",
      });
      expect(asked(name)).toEqual(["1 allow", "2 other", "3 other", "4 other", "5 deny"]);
    },
  );

  test("of a file says which, and shows what is written", () => {
    for (const name of ["file-200", "file-100"]) {
      expect(read("awaiting_approval", name)?.dialog).toMatchObject({
        subject: "./notes.txt",
        text: "Writing ./notes.txt\n1 +  first\n2 +  second",
      });
      expect(asked(name)).toEqual(["1 allow", "2 other", "3 deny"]);
    }
  });

  test("that may be given for good has three ways to do so", () => {
    for (const name of ["two-first-200", "two-second-100", "of-subagent-100"]) {
      expect(asked(name)).toEqual([
        "1 allow",
        "2 allow_always",
        "3 allow_always",
        "4 allow_always",
        "5 other",
        "6 other",
        "7 deny",
      ]);
    }
  });

  test("of a sub-agent says whose it is", () => {
    const { text } = read("awaiting_approval", "of-subagent-200")?.dialog ?? {};
    expect(text).toBe("Running command (subagent: t)\n$ touch b.txt");
  });

  test("of a plan offers no consent that would not turn off questions besides", () => {
    for (const name of ["plan-200", "plan-100"]) {
      expect(read("awaiting_approval", name)?.dialog?.kind).toBe("plan");
      expect(asked(name)).toEqual(["1 other", "2 other", "3 deny"]);
    }
  });
});

describe("a question", () => {
  test.each([
    ["question-200", "Which colour?", ["1 red", "2 blue"]],
    ["question-100", "Which colour?", ["1 red", "2 blue"]],
    ["first-of-two-100", "Which colour?", ["1 red", "2 blue"]],
    ["second-of-two-200", "Which size?", ["1 big", "2 small"]],
    // the digits would go into the text
    ["typed-200", "Which colour?", ["null red", "null blue"]],
    ["typed-100", "Which colour?", ["null red", "null blue"]],
  ])("%s has its words and its digits", (name, text, options) => {
    const dialog = read("awaiting_input", name)?.dialog;
    expect(dialog?.text).toBe(text);
    expect(dialog?.options.map(({ key, label }) => `${key} ${label}`)).toEqual(options);
  });
});

describe("at the start", () => {
  test("the dialog about the folder is answered by its digits", () => {
    for (const name of ["trust-200", "trust-100"]) {
      expect(read("startup", name)?.dialog?.options).toMatchObject([
        { label: "Yes, trust ~/project", key: "1", role: "allow" },
        { label: "No, exit", key: "2", role: "deny" },
      ]);
    }
  });

  test("no way of signing in is taken for a consent", () => {
    for (const name of ["login-200", "login-100"]) {
      const dialog = read("startup", name)?.dialog;
      expect(dialog?.text).toBe("How would you like to log in?");
      expect(dialog?.options.map(({ key, role }) => `${key} ${role}`)).toEqual([
        "1 other",
        "2 other",
        "3 other",
      ]);
    }
  });
});
