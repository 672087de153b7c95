import { describe, expect, test } from "vitest";
import { screen } from "../../../providers/claude-code/screen.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { captured, capturedScreen } from "./recordings.ts";

function read(state: string, name: string): ReturnType<typeof readScreen> {
  return readScreen(screen, capturedScreen(state, name), "2.1.329");
}

const calm = { busy: false, composer: {}, dialog: null, limit: null };

const expected: Readonly<Record<string, object>> = {
  idle: calm,
  interrupted: calm,
  error: calm,
  // the line about the limit stays after it is lifted, so that the screen must not tell it
  limited: calm,
  running: { busy: true, composer: { draft: "" }, dialog: null },
  awaiting_approval: { composer: null, dialog: { acceptsText: false } },
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

test("every state has captured screens, and more than a handful in all", () => {
  const states = new Set(readable.map(({ state }) => state));
  expect([...states].toSorted()).toEqual(Object.keys(expected).toSorted());
  expect(captured.length).toBeGreaterThan(80);
});

describe("the input line", () => {
  test.each([
    ["fresh-200", ""],
    ["draft-short-100", "short draft"],
    ["given-back-lines-200", "[[hang:20]] line one\nline two\nline three"],
    ["at-file-200", "look at @REA"],
  ])("on %s holds what somebody typed and did not send", (name, draft) => {
    expect(read("idle", name)?.composer).toMatchObject({ draft, pastePlaceholder: false });
  });

  test("shows the end of a text that is longer than the screen", () => {
    const draft = read("idle", "paste-in-pieces-200")?.composer?.draft ?? "";
    expect(draft).toMatch(/^line 130 /);
    expect(draft).toMatch(/line 149 .* back end$/);
    expect(draft.split("\n")).toHaveLength(20);
  });

  test("shows an attachment for a long paste", () => {
    expect(read("idle", "draft-attachment-200")?.composer?.pastePlaceholder).toBe(true);
  });

  test("is guarded by the mode line, which no dialog leaves on screen", () => {
    const guard = read("idle", "fresh-200")?.composer?.line ?? "";
    expect(guard).toBe("⏸ manual mode on");
    for (const { state, name } of readable.filter(
      (one) => !(expected[one.state] as typeof calm).composer,
    )) {
      expect(capturedScreen(state, name).lines.join("\n")).not.toContain(guard);
    }
  });
});

describe("a permission request", () => {
  test("is read with its command and the keys of its options", () => {
    const dialog = read("awaiting_approval", "command-200")?.dialog;
    expect(dialog).toMatchObject({
      kind: "approval",
      text: "Bash command\nRun a command\necho hi > a1.txt\nDo you want to proceed?",
    });
    expect(dialog?.options.map(({ key, role }) => [key, role])).toEqual([
      ["1", "allow"],
      ["2", "allow_always"],
      ["3", "other"],
      ["4", "deny"],
    ]);
  });

  test("for a file has no key for No at the place where commands have theirs", () => {
    const dialog = read("awaiting_approval", "file-200")?.dialog;
    expect(dialog).toMatchObject({ kind: "approval", subject: "notes.txt" });
    expect(dialog?.options.map(({ key, role }) => [key, role])).toEqual([
      ["1", "allow"],
      ["2", "allow_always"],
      ["3", "deny"],
    ]);
  });

  test("reads the same in a narrow pane, where labels are broken", () => {
    const [wide, narrow] = ["command-200", "command-100"].map(
      (name) => read("awaiting_approval", name)?.dialog,
    );
    expect(narrow).toEqual(wide);
  });
});

describe("a plan", () => {
  test("is read whole, with the option that only allows it", () => {
    const dialog = read("awaiting_approval", "plan-200")?.dialog;
    expect(dialog?.kind).toBe("plan");
    expect(dialog?.text).toContain("1. do it\n2. test it");
    expect(dialog?.options).toMatchObject([
      { label: "Yes, and use auto mode", key: "1", role: "other" },
      { label: "Yes, manually approve edits", key: "2", role: "allow" },
      { label: "Tell Claude what to change", key: "3", role: "other" },
    ]);
  });

  test("without a file is only asked about", () => {
    expect(read("awaiting_approval", "plan-without-file-200")?.dialog).toMatchObject({
      kind: "plan",
      options: [{ role: "allow" }, { label: "No", key: "2", role: "deny" }],
    });
  });
});

describe("a question", () => {
  test("is read beside the panel of changed files as without it", () => {
    const [beside, alone] = ["question-200", "question-100"].map(
      (name) => read("awaiting_input", name)?.dialog,
    );
    expect(beside).toEqual(alone);
    expect(alone).toMatchObject({
      text: "Which colour?",
      options: [
        { label: "red", key: "1" },
        { label: "blue", key: "2" },
        { label: "Chat about this", key: "4" },
      ],
    });
  });

  test("stays the same while a person types an answer into it", () => {
    const dialog = read("awaiting_input", "typed-200")?.dialog;
    expect(dialog?.options.map(({ label }) => label)).toEqual([
      "north",
      "south",
      "Chat about this",
    ]);
  });

  test("with several answers has no keys: a digit only marks", () => {
    expect(read("awaiting_input", "choose-many-200")?.dialog?.options).toMatchObject([
      { label: "small", key: null },
      { label: "large", key: null },
    ]);
  });

  test("among several stays the same from one to the next", () => {
    const first = read("awaiting_input", "several-200")?.dialog;
    expect(first).toMatchObject({ text: "Colour, Size", options: [] });
    expect(read("awaiting_input", "several-second-200")?.dialog).toEqual(first);
  });
});

describe("a dialog at the start", () => {
  test("about the folder is never answered by a bare Enter with yes", () => {
    expect(read("startup", "trust-120")?.dialog).toMatchObject({
      subject: "/home/dev/project",
      options: [
        { label: "No, exit", key: "Enter", role: "deny" },
        { label: "Yes, I trust this folder", key: "Down Enter", role: "allow" },
      ],
    });
  });

  test("about a key is answered through its menu", () => {
    expect(read("startup", "api-key-120")?.dialog?.options).toMatchObject([
      { label: "Yes", key: "Up Enter", role: "allow" },
      { label: "No (recommended)", key: "Enter", role: "deny" },
    ]);
  });

  test("that offers to go back can only be left", () => {
    expect(read("startup", "rewind-200")?.dialog?.options).toEqual([
      { label: "cancel", key: "Escape", role: "deny", reply: null },
    ]);
  });
});
