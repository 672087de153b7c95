import { describe, expect, test } from "vitest";
import copilot from "../../../providers/copilot-cli/provider.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { capturedScreens } from "./recordings.ts";

const screens = capturedScreens();
const version = "1.0.102";

const expected: Readonly<Record<string, object>> = {
  startup: { busy: false, composer: null, dialog: { kind: "startup" } },
  idle: { busy: false, composer: {}, dialog: null, limit: null },
  error: { busy: false, composer: { draft: "" }, dialog: null, limit: null },
  running: { busy: true, composer: { draft: "" }, dialog: null, limit: null },
  awaiting_approval: { busy: false, composer: null, dialog: { kind: "approval" } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question" } },
};

function readingOf(state: string, name: string): ReturnType<typeof readScreen> {
  const found = screens.find((one) => one.state === state && one.name === name);
  if (!found) throw new Error(`no screen ${state}/${name}`);
  return readScreen(copilot.screen, found.screen, version);
}

function keysOf(state: string, name: string): string[] | undefined {
  return readingOf(state, name)?.dialog?.options.map(({ key, role }) => `${key} ${role}`);
}

test.each(screens.filter(({ state }) => state !== "hold"))(
  "the captured screen $state/$name is read as such",
  ({ state, screen }) => {
    expect(readScreen(copilot.screen, screen, version)).toMatchObject(expected[state] ?? { state });
  },
);

test.each(screens.filter(({ state }) => state === "hold"))(
  "the captured $name allows no conclusion",
  ({ screen }) => {
    const reading = readScreen(copilot.screen, screen, version);
    expect(reading?.busy ?? false).toBe(false);
    expect(reading?.composer ?? null).toBeNull();
    expect(reading?.dialog ?? null).toBeNull();
  },
);

test("every state has captured screens in both widths", () => {
  for (const state of ["idle", "running", "awaiting_approval", "awaiting_input"]) {
    const names = screens.filter((one) => one.state === state).map(({ name }) => name);
    expect(names.some((name) => name.endsWith("-100"))).toBe(true);
    expect(names.some((name) => name.endsWith("-200"))).toBe(true);
  }
});

describe("what somebody typed", () => {
  test.each([
    ["fresh-200", "", false],
    ["fresh-100", "", false],
    ["draft-200", "half a thought\n\nand its second paragraph", false],
    ["draft-100", "half a thought\n\nand its second paragraph", false],
    ["leave-hint-200", "", false],
    ["paste-200", "[Paste #1 - 32 lines]", true],
  ])("in %s is %j", (name, draft, pastePlaceholder) => {
    expect(readingOf("idle", name)?.composer).toMatchObject({ draft, pastePlaceholder });
  });

  test("is guarded by words that stay while hints come and go, and that no dialog leaves", () => {
    const lines = screens
      .filter(({ state }) => state.startsWith("awaiting"))
      .flatMap(({ screen }) => screen.lines);
    const guards = ["fresh-200", "draft-200", "fresh-100", "draft-100", "paste-200"].map(
      (name) => readingOf("idle", name)?.composer?.line,
    );

    expect(new Set(guards)).toEqual(new Set(["Interactive · Manual Approval"]));
    expect(lines.filter((line) => line.includes("Manual Approval"))).toEqual([]);
  });
});

describe("a dialog", () => {
  test.each([
    ["command-200", ["1 allow", "Escape deny"], "echo hi > a1.txt"],
    ["command-100", ["1 allow", "Escape deny"], "echo hi > a1.txt"],
    ["no-marked-200", ["1 allow", "Escape deny"], "echo hi > a2.txt"],
    ["command-always-200", ["1 allow", "2 allow_always", "Escape deny"], "touch t1.txt"],
    ["second-of-two-200", ["1 allow", "2 allow_always", "Escape deny"], "touch u2.txt"],
    ["file-200", ["1 allow", "2 allow_always", "Escape deny"], "/home/dev/project/notes.txt"],
    ["path-200", ["1 allow", "2 allow_always", "3 allow_always", "Escape deny"], "/etc/hostname"],
  ])(
    "%s has its keys and its subject, and no is Escape, which needs no words",
    (name, keys, subject) => {
      expect(keysOf("awaiting_approval", name)).toEqual(keys);
      expect(readingOf("awaiting_approval", name)?.dialog?.subject).toBe(subject);
    },
  );

  test("about a file is guarded by its lines as the terminal holds them", () => {
    const found = screens.find(({ name }) => name === "file-200");
    // oxlint-disable-next-line no-control-regex -- colours
    const raw = (found?.screen.lines ?? []).join("\n").replaceAll(/\u001B\[[\d;]*m/g, "");
    const { dialogLines = [] } = readingOf("awaiting_approval", "file-200") ?? {};

    expect(dialogLines.length).toBeGreaterThan(5);
    for (const line of dialogLines) expect(raw).toContain(line);
  });

  test.each(["trust-200", "trust-100"])("%s: consent for good is not plain consent", (name) => {
    expect(keysOf("startup", name)).toEqual(["1 allow", "2 allow_always", "3 deny"]);
    expect(readingOf("startup", name)?.dialog?.subject).toMatch(/^\/\S+$/);
  });

  test.each([
    ["question-200", ["Enter", "Down Enter"]],
    ["question-moved-200", ["Up Enter", "Enter"]],
    ["question-100", ["Enter", "Down Enter"]],
  ])("%s asks in its own words, its options are reached from the mark", (name, keys) => {
    const dialog = readingOf("awaiting_input", name)?.dialog;

    expect(dialog?.text).toBe("Which colour?");
    expect(dialog?.options.map(({ label }) => label)).toEqual(["red", "blue"]);
    expect(dialog?.options.map(({ key }) => key)).toEqual(keys);
  });

  test.each(["form-200", "words-200"])("%s is no menu and has no options", (name) => {
    expect(readingOf("awaiting_input", name)?.dialog?.options).toEqual([]);
  });

  test("that is only spoken of is none", () => {
    const found = screens.find(({ state, name }) => state === "idle" && name === "after-turn-200");
    const quoted =
      screens.find(({ name }) => name === "command-200")?.screen.lines.slice(-15) ?? [];
    const lines = found?.screen.lines ?? [];
    const said = [...lines.slice(0, 2), ...quoted.map((line) => `   ${line}`), ...lines.slice(-6)];
    const reading = readScreen(copilot.screen, { lines: said, title: "" }, version);

    expect(reading).toMatchObject({ busy: false, composer: { draft: "" }, dialog: null });
  });
});
