import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { screen } from "../../../providers/opencode/screen.ts";
import { readScreen } from "../../../src/provider/read-screen.ts";
import { providerFolder } from "./recordings.ts";

const screens = join(providerFolder, "screens");

const files = readdirSync(screens).flatMap((state) =>
  readdirSync(join(screens, state)).map((name) => ({ state, name: name.replace(/\.txt$/, "") })),
);

function read(state: string, name: string): ReturnType<typeof readScreen> {
  const [, ...lines] = readFileSync(join(screens, state, `${name}.txt`), "utf8")
    .trimEnd()
    .split("\n");
  return readScreen(screen, { lines, title: "" }, "1.18.33");
}

const expected: Readonly<Record<string, object>> = {
  idle: { busy: false, composer: {}, dialog: null, limit: null },
  error: { busy: false, composer: { draft: "" }, dialog: null, limit: null },
  running: { busy: true, composer: { draft: "" }, dialog: null, limit: null },
  awaiting_approval: { busy: false, composer: null, dialog: { kind: "approval" } },
  awaiting_input: { busy: false, composer: null, dialog: { kind: "question" } },
  limited: { composer: { draft: "" }, dialog: null, limit: { resetsAt: null } },
};

test.each(files.filter(({ state }) => state !== "hold"))(
  "the captured screen $state/$name is read as such",
  ({ state, name }) => {
    expect(read(state, name)).toMatchObject(expected[state] ?? { state });
  },
);

test.each(files.filter(({ state }) => state === "hold"))(
  "the captured screen $state/$name allows no conclusion",
  ({ state, name }) => {
    expect(read(state, name)).toBeUndefined();
  },
);

test("every state has captured screens", () => {
  const states = [...new Set(files.map(({ state }) => state))].toSorted();
  expect(states).toEqual([...Object.keys(expected), "hold"].toSorted());
});

test("what a person typed is a draft, what the agent suggests is none", () => {
  expect(read("idle", "fresh-100")?.composer).toMatchObject({ draft: "" });
  expect(read("idle", "fresh-200")?.composer).toMatchObject({ draft: "" });
  expect(read("idle", "draft-100")?.composer?.draft).not.toBe("");
  expect(read("idle", "paste-100")?.composer).toMatchObject({ pastePlaceholder: true });
});

test.each(["100", "200"])("an approval of %s columns has its command and keys", (columns) => {
  expect(read("awaiting_approval", `command-${columns}`)?.dialog).toMatchObject({
    subject: "echo hi > a1.txt",
    options: [
      { label: "Allow once", role: "allow", key: "Enter" },
      { label: "Allow always", role: "allow_always", key: null },
      { label: "Reject", role: "deny", key: "Escape" },
    ],
  });
});

test.each(["100", "200"])("a question of %s columns has its options", (columns) => {
  const dialog = read("awaiting_input", `question-${columns}`)?.dialog;
  expect(dialog?.text).toBe("Which colour?");
  expect(dialog?.options.map(({ key, label }) => `${key} ${label}`)).toEqual([
    "1 red",
    "2 blue",
    "3 Type your own answer",
  ]);
});

test("the second step of an approval for good is a dialog of its own", () => {
  expect(read("awaiting_approval", "always-200")?.dialog).toMatchObject({
    options: [
      { label: "Confirm", role: "allow_always", key: "Enter" },
      { label: "Cancel", role: "other", key: "Escape" },
    ],
  });
});

test("of several questions the one that is shown is read", () => {
  const dialog = read("awaiting_input", "questions-200")?.dialog;
  expect(dialog?.text).toContain("Which size?");
  expect(dialog?.options.map(({ label }) => label)).toEqual([
    "small",
    "large",
    "Type your own answer",
  ]);
});
