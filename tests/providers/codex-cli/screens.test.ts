import { describe, expect, test } from "vitest";
import codex from "../../../providers/codex-cli/provider.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { capturedScreens } from "./recordings.ts";

const screens = capturedScreens();
const version = "0.169.0";

const expected: Readonly<Record<string, object>> = {
  idle: { busy: false, composer: {}, dialog: null, limit: null },
  error: { busy: false, composer: { draft: "" }, dialog: null, limit: null },
  running: { busy: true, composer: { draft: "" }, dialog: null, limit: null },
  awaiting_approval: { busy: false, composer: null, dialog: { acceptsText: false } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question", acceptsText: false } },
  limited: { busy: false, composer: { draft: "" }, dialog: null, limit: {} },
};

function readingOf(state: string, name: string): ReturnType<typeof readScreen> {
  const found = screens.find((one) => one.state === state && one.name === name);
  if (!found) throw new Error(`no screen ${state}/${name}`);
  return readScreen(codex.screen, found.screen, version);
}

test.each(screens.filter(({ state }) => state !== "hold"))(
  "the captured screen $state/$name is read as such",
  ({ state, screen }) => {
    const reading = readScreen(codex.screen, screen, version);

    expect(reading).toMatchObject(expected[state] ?? { state });
    const options = reading?.dialog?.options ?? [];
    expect(options.filter(({ key }) => key === null)).toEqual([]);
    expect(reading?.dialog ? options.length : 2).toBeGreaterThan(1);
  },
);

test.each(screens.filter(({ state }) => state === "hold"))(
  "the captured $name allows no conclusion",
  ({ screen }) => {
    expect(readScreen(codex.screen, screen, version)).toBeUndefined();
  },
);

test("every state has captured screens in both widths", () => {
  for (const state of ["idle", "running", "awaiting_approval", "awaiting_input", "hold"]) {
    const names = screens.filter((one) => one.state === state).map(({ name }) => name);
    expect(names.some((name) => name.endsWith("-100"))).toBe(true);
    expect(names.some((name) => name.endsWith("-200"))).toBe(true);
  }
});

describe("what somebody typed", () => {
  test.each([
    ["fresh-200", "", false],
    ["shortcuts-200", "", false],
    ["side-200", "", false],
    ["esc-hint-100", "", false],
    ["draft-200", "half a thought\n\nand its second paragraph", false],
    ["draft-100", "half a thought\n\nand its second paragraph", false],
    ["paste-200", "[Pasted Content 3000 chars]", true],
    ["slash-menu-100", "/st", false],
    ["shell-draft-200", "! echo hi", false],
  ])("in %s is %j", (name, draft, pastePlaceholder) => {
    expect(readingOf("idle", name)?.composer).toMatchObject({ draft, pastePlaceholder });
  });

  test("is guarded by a line that no dialog leaves on screen", () => {
    const lines = screens
      .filter(({ state }) => state.startsWith("awaiting"))
      .flatMap(({ screen }) => screen.lines);
    const guards = screens.flatMap(
      ({ state, name }) => readingOf(state, name)?.composer?.line ?? [],
    );

    expect(new Set(guards).size).toBeLessThanOrEqual(2);
    for (const guard of new Set(guards)) {
      expect(lines.filter((line) => line.includes(guard))).toEqual([]);
    }
  });
});

describe("a dialog", () => {
  test("about a command has its digits, its roles and the command", () => {
    const dialog = readingOf("awaiting_approval", "command-200")?.dialog;

    expect(dialog).toMatchObject({ kind: "approval", subject: "echo hi > a.txt" });
    expect(dialog?.text).toContain("Reason: May I run this outside the sandbox?");
    expect(dialog?.options.map(({ key, role }) => `${key} ${role}`)).toEqual([
      "1 allow",
      "2 allow_always",
      "3 deny",
    ]);
    expect(dialog?.options[0]?.label).toBe("Yes, proceed");
  });

  test.each(["wrapped-200", "wrapped-100"])("with a wrapped option is one option: %s", (name) => {
    const [, second] = readingOf("awaiting_approval", name)?.dialog?.options ?? [];

    expect(second?.label.replaceAll(/\s/g, "")).toMatch(/^Yes,anddon'taskagain.*`echoa{260}bbbb/);
    expect(second).toMatchObject({ key: "2", role: "allow_always" });
  });

  test("of a sub-agent says whose it is", () => {
    const dialog = readingOf("awaiting_approval", "of-sub-agent-200")?.dialog;
    expect(dialog?.text).toContain("Thread: /root/sub");
    expect(dialog?.options.map(({ key }) => key)).toEqual(["1", "2", "3"]);
  });

  test.each([
    ["plan-200", "plan", ["1 allow", "2 other", "3 deny"]],
    ["trust-200", "startup", ["Enter allow", "Down Enter deny"]],
    ["trust-100", "startup", ["Enter allow", "Down Enter deny"]],
    ["hooks-review-200", "startup", ["Enter other", "Down Enter allow", "Down Down Enter deny"]],
    ["update-200", "startup", ["Enter other", "Down Enter deny", "Down Down Enter other"]],
    ["newer-model-200", "startup", ["Enter other", "Down Enter deny"]],
    ["sign-in-200", "startup", ["Enter other", "Down Enter other", "Down Down Enter other"]],
    ["cheaper-model-200", "limit", ["Enter allow", "Down Enter deny", "Down Down Enter other"]],
  ])("%s is of kind %s, and consent is only what says so", (name, kind, options) => {
    const dialog = readingOf("awaiting_approval", name)?.dialog;

    expect(dialog?.kind).toBe(kind);
    expect(dialog?.options.map(({ key, role }) => `${key} ${role}`)).toEqual(options);
  });

  test.each([
    ["question-200", "Which colour?", ["red", "blue", "None of the above"]],
    ["question-100", "Which colour?", ["red", "blue", "None of the above"]],
    ["notes-200", "Which animal?", ["cat", "dog", "None of the above"]],
    [
      "first-of-two-200",
      "Which colour?",
      ["red", "a rather long label for blue that goes on and on", "None of the above"],
    ],
    ["second-of-two-200", "Which size?", ["big", "small", "None of the above"]],
  ])("%s asks %j without its descriptions", (name, text, labels) => {
    const dialog = readingOf("awaiting_input", name)?.dialog;

    expect(dialog?.text).toBe(text);
    expect(dialog?.options.map(({ label }) => label)).toEqual(labels);
  });

  test("of unknown looks is no sign of an idle or a busy agent, whatever the title says", () => {
    const found = screens.find(({ name }) => name === "command-200");
    const lines = (found?.screen.lines ?? []).map((line) => line.replace("Would you like", "May"));
    const reading = readScreen(codex.screen, { lines, title: "Working | project" }, version);

    expect(reading).toMatchObject({ busy: false, composer: null, dialog: null });
  });
});

describe("a screen that was saved without its title", () => {
  const ends = ["› Ask Codex to do anything", "", "  gpt-5.4 default · /home/dev/project"];
  const streams = ["› say much", "", "• one two three", "", ...ends];
  const done = ["› say much", "", "• one two three", "  Worked for 2s • 10:01", "", ...ends];
  const isBusy = (lines: readonly string[], title: string): boolean | undefined =>
    readScreen(codex.screen, { lines, title }, version)?.busy;

  test("shows a turn that streams by the end it lacks; a live one tells by its title", () => {
    expect(isBusy(streams, "")).toBe(true);
    expect(isBusy(done, "")).toBe(false);
    expect(isBusy(streams, "project")).toBe(false);
    expect(isBusy(ends, "")).toBe(false);
  });
});

describe("a title", () => {
  test.each([
    ["Working | project", "busy"],
    ["Thinking | project", "busy"],
    ["⠼ Some conversation | project", "busy"],
    ["⠼ Working | project", "busy"],
    ["Ready | project", "idle"],
  ])("%j means %s", (title, kind) => {
    expect(codex.title?.(title)).toMatchObject([{ kind }]);
  });

  test.each(["project", "vm", "", "Starting | project", "[ ! ] Action Required | project"])(
    "%j means nothing",
    (title) => {
      expect(codex.title?.(title)).toEqual([]);
    },
  );
});
