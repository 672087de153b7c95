import { describe, expect, test } from "vitest";
import { pause } from "../../src/platform/clock.ts";
import { readScreen } from "../../src/provider/read-screen.ts";
import { isSlowPattern } from "../../src/provider/slow-pattern.ts";
import { validateDefinition } from "../../src/provider/validate.ts";
import { sample } from "./definition.ts";
import { claude } from "./facts/claude.ts";
import { opencode } from "./facts/opencode.ts";
import { startProgram } from "../support/start-program.ts";
import { waitFor } from "../support/wait.ts";

/** The definition with one field changed; the path is written as problems write it. */
function withField(path: string, value: unknown): unknown {
  const copy: unknown = structuredCloneWithCode(sample);
  const steps = [...path.matchAll(/[^.[\]]+/g)].map((match) => match[0]);
  const last = steps.pop() ?? "";
  let at = copy as Record<string, unknown>;
  for (const step of steps) at = at[step] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function structuredCloneWithCode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCloneWithCode);
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, structuredCloneWithCode(entry)]),
  );
}

const problemsWith = (path: string, value: unknown): string[] =>
  validateDefinition(withField(path, value)).map(({ path, reason }) => `${path}: ${reason}`);

describe("a good definition", () => {
  test("has no problems", () => {
    expect(validateDefinition(sample)).toEqual([]);
    expect(validateDefinition({ ...sample, screen: claude })).toEqual([]);
    expect(validateDefinition({ ...sample, screen: opencode })).toEqual([]);
  });
});

describe("a problem names its field and the reason", () => {
  test.each<[string, unknown, RegExp]>([
    ["id", "Sample CLI", /^id: "Sample CLI" is not a name of lower-case/],
    ["id", "auto", /^id: "auto" can't be the name/],
    ["id", undefined, /^id: it is missing$/],
    ["displayName", " ", /^displayName: " " is not text that is not empty$/],
    ["aliases", ["sample-cli"], /^aliases: "sample-cli" is there twice$/],
    ["presets", { "sample-cli": {} }, /^aliases: "sample-cli" is there twice$/],
    ["verified", "verifed", /^verified: .*did you mean "verified"\?$/],
    ["binary.candidates", [], /^binary\.candidates: it is empty$/],
    ["binary.versionPattern", /\d+/, /^binary\.versionPattern: it needs 1 group/],
    ["binary.versionPattern", "(", /^binary\.versionPattern: Invalid regular expression/],
    ["binary.tried", ["new"], /^binary\.tried\[0\]: "new" is no version/],
    ["env", ["A B"], /^env\[0\]: "A B" is no name/],
    ["options.effort", "high", /^options\.effort: "high" is no list$/],
    ["options.promptArgument", false, /^options\.initialPromptMode: "arg" needs promptArgument$/],
    ["launch", {}, /^launch: \{\} is not a function$/],
    ["input.submitKey", "Return!", /^input\.submitKey: "Return!" is no key in tmux's spelling/],
    ["input.acceptance", "exact", /^input\.acceptance: "exact" needs a channel/],
    ["input.acceptance", "maybe", /^input\.acceptance: "maybe" is none of exact, log, none$/],
    ["input.enterGapMs", 1.5, /^input\.enterGapMs: 1\.5 is not a whole number from 0/],
    ["interrupt.keys", [], /^interrupt\.keys: it is empty$/],
    ["exit.keys", [["C-c"], ["Ctrl+C"]], /^exit\.keys\[1\]\[0\]: "Ctrl\+C" is no key/],
    ["interupt", {}, /^interupt: no such field; did you mean "interrupt"\?$/],
    [
      "screen.rules[1].id",
      "approval",
      /^screen\.rules\[1\]\.id: another rule is called "approval"$/,
    ],
    ["screen.rules[0].shows", "bussy", /^screen\.rules\[0\]\.shows: .*did you mean "busy"\?$/],
    [
      "screen.rules[0].region",
      "bottom",
      /^screen\.rules\[0\]\.region: "bottom" is none of screen, title, turn$/,
    ],
    [
      "screen.rules[0].region",
      { lastLines: 0 },
      /^screen\.rules\[0\]\.region\.lastLines: 0 is not a whole number/,
    ],
    [
      "screen.rules[0].region",
      { lastLines: 2, fromLast: "x" },
      /^screen\.rules\[0\]\.region: a region is/,
    ],
    [
      "screen.rules[0].match",
      { contains: "" },
      /^screen\.rules\[0\]\.match\.contains: "" is not text/,
    ],
    ["screen.rules[0].match", { regex: "[" }, /^screen\.rules\[0\]\.match\.regex: Invalid/],
    ["screen.rules[0].match", { all: [] }, /^screen\.rules\[0\]\.match\.all: it is empty$/],
    ["screen.rules[0].match", { none: [] }, /^screen\.rules\[0\]\.match: a match is one of/],
    [
      "screen.rules[0].match",
      { within: "title" },
      /^screen\.rules\[0\]\.match\.match: it is missing$/,
    ],
    [
      "screen.rules[0].dialog",
      undefined,
      /^screen\.rules\[0\]\.dialog: it is missing; the rule shows a dialog$/,
    ],
    [
      "screen.rules[0].dialog.option",
      /x/,
      /^screen\.rules\[0\]\.dialog\.option: it needs a group named label/,
    ],
    [
      "screen.rules[0].dialog.keys",
      { allow: "Yes" },
      /^screen\.rules\[0\]\.dialog\.keys\.allow: "Yes" is no key/,
    ],
    [
      "screen.rules[0].dialog.kind",
      "choice",
      /^screen\.rules\[0\]\.dialog\.kind: "choice" is none of/,
    ],
    [
      "screen.rules[0].versions",
      "new ones",
      /^screen\.rules\[0\]\.versions: .* is no range of versions/,
    ],
    ["screen.composer.line", /^>/, /^screen\.composer\.line: it needs 1 group/],
    [
      "screen.composer.region",
      "turn",
      /^screen\.composer\.region: the input line does not stand in "turn"$/,
    ],
    [
      "screen.rules[0].match",
      { regex: /^(a+)+$/ },
      /^screen\.rules\[0\]\.match\.regex: it takes too long/,
    ],
  ])("%s = %j", (path, value, expected) => {
    expect(problemsWith(path, value).join("\n")).toMatch(new RegExp(expected.source, "m"));
  });

  test("for every one of them, not only the first", () => {
    const value = withField("id", "X") as { vendor: unknown };
    value.vendor = 3;
    expect(validateDefinition(value)).toHaveLength(2);
  });

  test.each([null, undefined, 3, "x", [], () => sample])("and for %j as a whole", (value) => {
    expect(validateDefinition(value)).toHaveLength(1);
  });
});

describe("a pattern that could hang", () => {
  test.each([/^status: (\w|\d)+!$/, /(.*)(.*)(.*)(.*)=$/])(
    "is found by trying it: %s",
    (pattern) => {
      expect(isSlowPattern(pattern)).toBe(true);
    },
  );

  test.each([/^ {2}\S.* · [/~]/, /^(?:\s+\S+)+$/, /^(?<a>\d+)\. (?<b>.*?)(?: \((?<c>\w+)\))?$/])(
    "is not seen where there is none: %s",
    (pattern) => {
      expect(isSlowPattern(pattern)).toBe(false);
    },
  );

  test("is not seen in a quick one by a process that was stopped meanwhile", async () => {
    const judge = await startProgram("pattern-judge", []);
    await waitFor(() => judge.lines.length > 0);

    for (let stops = 0; stops < 3; stops++) {
      judge.child.kill("SIGSTOP");
      await pause(500, { keepAlive: true });
      judge.child.kill("SIGCONT");
      await pause(2, { keepAlive: true });
    }
    await pause(300, { keepAlive: true });

    expect(judge.lines).toEqual(["judging"]);
  });
});

test("a rule without a match in its definition cannot stop the engine", () => {
  expect(() =>
    readScreen(sample.screen, { lines: ["x"], title: "" }, "not a version"),
  ).not.toThrow();
});
