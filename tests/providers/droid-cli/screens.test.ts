import { describe, expect, test } from "vitest";
import { screen } from "../../../providers/droid-cli/screen.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { captured, capturedScreen } from "./recordings.ts";

function read(state: string, name: string): ReturnType<typeof readScreen> {
  return readScreen(screen, capturedScreen(state, name), "0.215.0");
}

const calm = { busy: false, composer: {}, dialog: null, limit: null };

const expected: Readonly<Record<string, object>> = {
  idle: calm,
  interrupted: calm,
  error: calm,
  running: { busy: true, composer: { draft: "" }, dialog: null },
  awaiting_approval: { busy: false, composer: null, dialog: { acceptsText: false } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question", acceptsText: true } },
  startup: { busy: false, composer: null, dialog: { kind: "startup", acceptsText: false } },
};

const readable = captured.filter(({ state }) => state !== "hold");

test.each(readable)("the captured screen $state/$name is read as such", ({ state, name }) => {
  expect(read(state, name)).toMatchObject(expected[state] ?? { state });
});

test.each(captured.filter(({ state }) => state === "hold"))(
  "the viewer or picker on $state/$name allows no conclusion",
  ({ state, name }) => {
    expect(read(state, name)).toBeUndefined();
  },
);

test("every state has captured screens in both widths", () => {
  expect([...new Set(readable.map(({ state }) => state))].toSorted()).toEqual(
    Object.keys(expected).toSorted(),
  );
  for (const state of ["idle", "running", "awaiting_approval", "awaiting_input", "hold"]) {
    const names = captured.filter((one) => one.state === state).map(({ name }) => name);
    expect(names.some((name) => name.endsWith("-100"))).toBe(true);
    expect(names.some((name) => name.endsWith("-200"))).toBe(true);
  }
});

describe("the input line", () => {
  test.each([
    ["fresh-200", ""],
    ["draft-200", "half a thought\n\nand its second paragraph"],
    ["draft-100", "half a thought\n\nand its second paragraph"],
    ["spec-mode-200", ""],
  ])("on %s holds what somebody typed and did not send", (name, draft) => {
    expect(read("idle", name)?.composer).toMatchObject({ draft, pastePlaceholder: false });
  });

  test("holds a long line whole, wherever it is broken", () => {
    for (const name of ["long-draft-200", "long-draft-100"]) {
      const draft = read("idle", name)?.composer?.draft ?? "";
      expect(draft.replaceAll(/\s/g, "")).toBe("x".repeat(200));
    }
  });

  test("shows a placeholder for a long paste", () => {
    expect(read("idle", "paste-200")?.composer?.pastePlaceholder).toBe(true);
    expect(read("idle", "paste-100")?.composer?.pastePlaceholder).toBe(true);
  });

  test("is guarded by a line that no dialog leaves on screen", () => {
    expect(read("idle", "fresh-200")?.composer?.line).toBe(
      "Auto (Off) · all actions require approval",
    );
    const under = readable.filter(({ state }) => /^(?:awaiting|startup)/.test(state));
    for (const { state, name } of under) {
      expect(capturedScreen(state, name).lines.join("\n")).not.toContain("Auto (Off)");
    }
  });
});

test("what the agent says is never taken for a dialog or for work", () => {
  for (const name of ["prose-200", "prose-100"]) {
    expect(capturedScreen("idle", name).lines.join("\n")).toContain("Command to approve");
    expect(read("idle", name)).toMatchObject(calm);
  }
});

describe("an approval", () => {
  const roles = (name: string): unknown =>
    read("awaiting_approval", name)?.dialog?.options.map(({ key, role }) => `${key} ${role}`);

  test("has its command, and the keys of its options", () => {
    const dialog = read("awaiting_approval", "command-200")?.dialog;
    expect(dialog).toMatchObject({ kind: "approval", subject: "echo hi > a.txt" });
    expect(dialog?.text).toMatch(/^Command to approve · medium risk\n↳ echo hi > a\.txt\nWhy /);
    expect(roles("command-200")).toEqual(["Enter allow", "null allow_always", "Escape deny"]);
  });

  test("reads the same in a narrow pane", () => {
    const { text, options } = read("awaiting_approval", "command-200")?.dialog ?? {};
    expect(read("awaiting_approval", "command-100")?.dialog).toMatchObject({ text, options });
  });

  test("whose mark a person has moved can only be refused: nobody knows where keys would lead", () => {
    for (const name of ["command-moved-200", "command-moved-100"]) {
      expect(roles(name)).toEqual(["null allow", "null allow_always", "Escape deny"]);
    }
  });

  test("of a file says which, and shows what is written", () => {
    for (const name of ["file-200", "file-100"]) {
      const text = read("awaiting_approval", name)?.dialog?.text ?? "";
      expect(text).toMatch(/^Create notes\.txt: \(\+2 added\)/);
      expect(text).toContain("second");
    }
  });

  test("of two commands is one dialog about both", () => {
    const text = read("awaiting_approval", "two-200")?.dialog?.text ?? "";
    expect(text).toContain("↳ echo 1 > p1.txt");
    expect(text).toContain("↳ echo 2 > p2.txt");
    expect(roles("two-200")).toEqual(roles("command-200"));
  });

  test("of a sub-agent says whose it is", () => {
    expect(read("awaiting_approval", "of-sub-agent-200")?.dialog?.text).toMatch(/^Worker: sub\n/);
  });

  test("of a specification has the digits of its menu", () => {
    for (const name of ["plan-200", "plan-100"]) {
      const dialog = read("awaiting_approval", name)?.dialog;
      expect(dialog?.kind).toBe("plan");
      expect(dialog?.text).toContain("1. do it");
      expect(dialog?.options[0]).toMatchObject({
        label: "Proceed with the proposal",
        key: "1",
        role: "allow",
      });
      expect(dialog?.options.at(-1)).toMatchObject({ key: "5", role: "deny" });
      expect(dialog?.options.filter(({ role }) => role === "allow")).toHaveLength(1);
    }
  });
});

test("how far to go unasked with a specification is asked next, and consent is to the least", () => {
  const dialog = read("awaiting_approval", "plan-autonomy-200")?.dialog;
  expect(dialog?.options.map(({ label, role }) => [label, role])).toEqual([
    ["Proceed with Manual Approvals", "allow"],
    ["Proceed with Low autonomy", "other"],
    ["Proceed with Medium autonomy", "other"],
    ["Proceed with High autonomy", "other"],
  ]);
});

describe("a question", () => {
  test.each(["question-200", "question-100"])("%s has its words and its digits", (name) => {
    expect(read("awaiting_input", name)?.dialog).toMatchObject({
      text: "Which colour?",
      options: [
        { label: "red", key: "1" },
        { label: "blue", key: "2" },
      ],
    });
  });

  test("stays the same while a person types an answer into it", () => {
    expect(read("awaiting_input", "typed-200")?.dialog).toMatchObject({
      text: "Which animal?",
      options: [{ label: "cat" }, { label: "dog" }],
    });
  });

  test("of two is the one that is open", () => {
    expect(read("awaiting_input", "first-of-two-200")?.dialog?.text).toBe("Which colour?");
    expect(read("awaiting_input", "second-of-two-200")?.dialog).toMatchObject({
      text: "Which size?",
      options: [{ label: "big" }, { label: "small" }],
    });
  });
});

describe("the dialog about the folder", () => {
  test("says which folder, and is answered from wherever its mark is", () => {
    expect(read("startup", "trust-200")?.dialog).toMatchObject({
      subject: "/home/dev/project",
      options: [
        { label: "Trust this folder", key: "Enter", role: "allow" },
        { label: "Exit without trusting", key: "Down Enter", role: "deny" },
      ],
    });
    expect(read("startup", "trust-moved-200")?.dialog?.options.map(({ key }) => key)).toEqual([
      "Up Enter",
      "Enter",
    ]);
  });
});
