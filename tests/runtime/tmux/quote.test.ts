import * as fc from "fast-check";
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import {
  isKey,
  isTarget,
  isWindowName,
  literalInTimeFormat,
  quote,
  visiblePattern,
} from "../../../src/runtime/tmux/quote.ts";
import { tmuxTestBed } from "../../support/tmux.ts";

test("whatever a text holds, quoting makes one line of it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      // oxlint-disable-next-line no-control-regex
      expect(quote(text)).not.toMatch(/[\u0000-\u001f]/);
    }),
  );
});

test("tmux reads a quoted text back as it was", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const nasty = [
    "plain",
    "$HOME ${HOME} ~",
    `"'\`\\"`,
    "a;b ; c \\;",
    "#{pane_id} #(id) %H",
    "{ } %if 1",
    "tab\tcr\rlf\nesc\u001b[0m del\u007f",
    "é日本🙂\u00a0",
    " lead and trail ",
    "--",
    "\\n\\033",
  ];
  const list = nasty.map((text, i) => `set-buffer -b t${i} -- ${quote(text)}`).join("\n");

  execFileSync("tmux", ["-u", "-S", bed.socketPath, "source-file", "-"], { input: list });

  const back = await Promise.all(nasty.map((_, i) => bed.tmux("save-buffer", "-b", `t${i}`, "-")));
  expect(back).toEqual(nasty);
});

test("formats and strftime leave an escaped text alone", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const text = "a #{pane_id} #S ##x %H %% 100% #[fg=red] ##[ ###[ ###";

  expect(await bed.tmux("display-message", "-p", literalInTimeFormat(text))).toBe(`${text}\n`);
});

test("in a pattern only what formats or fnmatch read differently is left open", () => {
  expect(visiblePattern("❯ 1. Yes, allow `rm -rf *` (y/n)  ")).toBe(
    "❯ 1. Yes? allow `rm -rf ?` (y/n)",
  );
  expect(visiblePattern("#{x}:[a]\\%!~")).toBe("??x???a?????");
});

test.each([
  ["%1", true],
  ["@12", true],
  ["%1 ; kill-server", false],
  ["agents:", false],
  ["", false],
])("%j as a target: %s", (text, fine) => {
  expect(isTarget(text)).toBe(fine);
});

test.each([
  ["ap_0123456789ab", true],
  ["a b", false],
  ["a:b", false],
  ["", false],
])("%j as a name of a window: %s", (text, fine) => {
  expect(isWindowName(text)).toBe(fine);
});

test.each(["y", "1", ";", "é", "Enter", "Escape", "BTab", "C-c", "M-Enter", "C-M-x", "F12", "-"])(
  "%s is a key",
  (key) => {
    expect(isKey(key)).toBe(true);
  },
);

test.each(["", "yes", "enter", "Entr", "F13", "C-", "\n", " "])("%j is no key", (key) => {
  expect(isKey(key)).toBe(false);
});
