import { describe, expect, test } from "vitest";
import { screen } from "../../../providers/cursor-cli/screen.ts";
import { readScreen, type Screen } from "../../../src/provider/read-screen.ts";
import * as drawn from "./drawn.ts";

function read(shown: Screen): ReturnType<typeof readScreen> {
  return readScreen(screen, shown, "2026.08.11");
}

test.each([
  ["a fresh start", drawn.idle, ""],
  ["a later turn", drawn.followUp, ""],
  ["a text nobody sent", drawn.draft, "half a thought\nand its rest"],
  ["words that look like a dialog", drawn.prose, ""],
])("the input line is there on %s", (_, shown, draft) => {
  expect(read(shown)).toMatchObject({ busy: false, composer: { draft }, dialog: null });
});

test.each([
  ["its hint", drawn.running],
  ["its mark", drawn.reading],
])("work is known by %s", (_, shown) => {
  expect(read(shown)).toMatchObject({ busy: true, composer: { draft: "" }, dialog: null });
});

describe("an approval", () => {
  const asked = (shown: Screen): unknown =>
    read(shown)?.dialog?.options.map(({ key, role }) => `${key} ${role}`);

  test("of a command has it, and the keys of its options", () => {
    expect(read(drawn.command)).toMatchObject({
      composer: null,
      busy: false,
      dialog: { kind: "approval", subject: "npm test" },
    });
    expect(read(drawn.command)?.dialog?.text).toBe(
      "$ npm test\nRun this command?\nNot in allowlist: npm test",
    );
  });

  test("has no key for what would run everything from then on", () => {
    expect(asked(drawn.command)).toEqual([
      "y allow",
      "Tab allow_always",
      "null other",
      "Escape deny",
    ]);
  });

  test.each([
    ["a file", drawn.write],
    ["a web page", drawn.fetching],
  ])("of %s is read as well", (_, shown) => {
    expect(asked(shown)).toEqual(["y allow", "Tab allow_always", "Escape deny"]);
    expect(read(shown)?.composer).toBeNull();
  });
});

describe("at the start", () => {
  test("the dialog about the folder names it, and is answered by its keys", () => {
    expect(read(drawn.trust)?.dialog).toMatchObject({
      kind: "startup",
      subject: "/home/dev/project",
      options: [
        { label: "Trust this workspace", key: "a", role: "allow" },
        { label: "Quit", key: "q", role: "deny" },
      ],
    });
  });

  test("there is nothing to choose where nobody is signed in", () => {
    expect(read(drawn.login)?.dialog).toMatchObject({
      kind: "startup",
      text: "Press any key to log in...",
      options: [],
    });
  });
});
