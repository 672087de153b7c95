import { describe, expect, test } from "vitest";
import type { ScreenReading } from "../../src/domain/observation.ts";
import type { ScreenFacts } from "../../src/provider/definition.ts";
import { explainScreen, readScreen } from "../../src/provider/read-screen.ts";
import { claude } from "./facts/claude.ts";
import { codex } from "./facts/codex.ts";
import { opencode } from "./facts/opencode.ts";
import { recorded, recordedNames } from "./recorded.ts";

/** What a reading says, in one word; `nothing` when no rule and no composer fits. */
function stateOf(reading: ScreenReading | undefined): string {
  if (!reading) return "held";
  if (reading.dialog) return reading.dialog.kind;
  if (reading.limit) return "limited";
  if (reading.busy) return "busy";
  return reading.composer ? "idle" : "nothing";
}

/** Titles as they were seen in that state; a screen's capture does not hold its title. */
const titles: Readonly<Record<string, string>> = {
  "codex/working-120": "⠋ a",
  "codex/working-120b": "⠹ a",
  "codex/default-daemon-120": "⠼ a",
  "codex/approval-exec-120": "[ ! ] Action Required | a",
};

const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  codex: {
    "after-disconnect-120": "idle",
    "approval-denied-120": "idle",
    "approval-exec-120": "approval",
    "ctrl-c-once-120": "nothing",
    "ctrlc-working": "idle",
    "default-daemon-120": "busy",
    "error401-120": "idle",
    "error500-120": "idle",
    // taken when the retry had already failed
    "error500-retrying-120": "idle",
    "exited-120": "nothing",
    "first-run-120": "startup",
    "hooks-approval": "approval",
    "hooks-idle-120": "idle",
    "interrupted-120": "idle",
    paste0: "idle",
    "permhook-pending": "busy",
    "question-unavailable-default-mode-120": "idle",
    "ratelimit429-generic-120": "busy",
    "remote-done": "idle",
    "remote-idle": "idle",
    // taken when the turn was over
    "remote-working": "idle",
    // the footer is not there yet, so the input takes nothing
    "start-0": "nothing",
    "tool-done-120": "idle",
    "typed-fast": "idle",
    "usage-limit-120": "limit",
    "working-120": "busy",
    "working-120b": "busy",
  },
  claude: {
    "approval-bash-120": "approval",
    "approval-denied-120": "idle",
    "approval-done-120": "idle",
    "approval-write-120": "approval",
    "at-120": "idle",
    "bang-120": "idle",
    "completed-120": "idle",
    "exited-120": "nothing",
    "first-run-apikey-120": "startup",
    "first-run-onboarding-no-network": "nothing",
    "first-run-trust-120": "startup",
    "hash-120": "idle",
    "idle-120": "idle",
    "interrupted-120": "idle",
    "multiline-120": "idle",
    "paste0-120": "idle",
    "paste10k-120": "idle",
    "permhook-pending": "approval",
    "plan-approval-120": "plan",
    "plan-bash": "idle",
    "planmode-idle-120": "idle",
    "question-120": "question",
    "question-answered-120": "idle",
    "ratelimit429-120": "idle",
    "resumed-120": "idle",
    "slash-unknown-120": "idle",
    "starting-120": "busy",
    "typed-fast-120": "idle",
    "usagelimit429-oauth-120": "limited",
    "working-120": "busy",
    "working-b-120": "busy",
  },
  opencode: {
    "approval-bash-120": "approval",
    "approval-done-120": "idle",
    "ctrlc-working-120": "nothing",
    "error401-120": "busy",
    "error429-120": "busy",
    "error500-120": "busy",
    "esc-once-120": "busy",
    "exited-120": "nothing",
    "idle-120": "idle",
    "interrupted-120": "idle",
    "question-120": "question",
    "question-answered-120": "idle",
    "working-120": "busy",
  },
};

const all: Readonly<Record<string, ScreenFacts>> = { codex, claude, opencode };

describe.each(Object.entries(all))("recorded screens of %s", (cli, facts) => {
  test("are all expected to show something", () => {
    expect(recordedNames(cli).toSorted()).toEqual(Object.keys(expected[cli] ?? {}).toSorted());
  });

  test.each(Object.entries(expected[cli] ?? {}))("%s shows %s", (name, state) => {
    const screen = recorded(cli, name, titles[`${cli}/${name}`]);
    expect(stateOf(readScreen(facts, screen, null))).toBe(state);
  });
});

describe("the composer", () => {
  const draftOf = (cli: string, name: string): string | undefined =>
    readScreen(all[cli] ?? codex, recorded(cli, name), null)?.composer?.draft;

  test.each([
    ["codex", "hooks-idle-120"],
    ["claude", "ratelimit429-120"],
    ["opencode", "idle-120"],
  ])("of %s in %s holds a suggestion, which is no draft", (cli, name) => {
    expect(draftOf(cli, name)).toBe("");
  });

  test.each([
    ["codex", "remote-done", "y"],
    ["codex", "typed-fast", "plain typed text then enter at once"],
    ["claude", "question-answered-120", "2"],
  ])("of %s in %s holds the draft %j", (cli, name, draft) => {
    expect(draftOf(cli, name)).toBe(draft);
  });

  test("shows a long paste as a placeholder", () => {
    const reading = readScreen(claude, recorded("claude", "paste10k-120"), null);
    expect(reading?.composer?.pastePlaceholder).toBe(true);
  });

  test("is guarded by a line that no dialog leaves standing", () => {
    const line =
      readScreen(claude, recorded("claude", "completed-120"), null)?.composer?.line ?? "";
    expect(line).toBe("⏸ manual mode on");
    const dialog = recorded("claude", "approval-bash-120").lines.join("\n");
    expect(dialog).not.toContain(line);
  });
});

describe("a reading", () => {
  test("names the rule that decided and the text that made it", () => {
    const reading = readScreen(claude, recorded("claude", "working-120"), null);
    expect(reading?.rule).toBe("mode-line");
    expect(reading?.because).toBe("⏸ manual mode on · esc to interrupt · ← for agents");
  });

  test("is undefined while a viewer covers the agent", () => {
    const lines = [
      ...recorded("claude", "completed-120").lines.slice(0, 30),
      "  Showing detailed transcript · ctrl+o to toggle",
    ];
    expect(readScreen(claude, { lines, title: "" }, null)).toBeUndefined();
  });

  test("uses only the rules for the version at hand", () => {
    const lines = ["old words"];
    const facts: ScreenFacts = {
      ...codex,
      rules: [
        {
          id: "old",
          shows: "busy",
          priority: 2,
          region: "screen",
          match: { contains: "words" },
          versions: "<2",
        },
        {
          id: "new",
          shows: "busy",
          priority: 1,
          region: "screen",
          match: { contains: "words" },
          versions: ">=2",
        },
      ],
    };
    expect(readScreen(facts, { lines, title: "" }, "1.9.0")?.rule).toBe("old");
    expect(readScreen(facts, { lines, title: "" }, "2.0.1")?.rule).toBe("new");
    expect(readScreen(facts, { lines, title: "" }, null)?.rule).toBe("old");
  });

  test("reports no composer where idle rules say that it takes nothing yet", () => {
    const facts: ScreenFacts = {
      ...claude,
      rules: [
        { id: "ready", shows: "idle", priority: 1, region: "screen", match: { contains: "ready" } },
      ],
    };
    const screen = recorded("claude", "completed-120");
    expect(readScreen(facts, screen, null)?.composer).toBeNull();
    const ready = { ...screen, lines: [...screen.lines, "ready"] };
    expect(readScreen(facts, ready, null)?.composer?.draft).toBe("");
    expect(readScreen(facts, ready, null)?.rule).toBe("ready");
  });
});

describe("an explanation", () => {
  const explained = explainScreen(claude, recorded("claude", "approval-bash-120"), null);

  test("lists every rule with its region and outcome", () => {
    expect(explained.rules.map((rule) => rule.id).toSorted()).toEqual(
      [...claude.rules.map((rule) => rule.id), "composer"].toSorted(),
    );
    expect(explained.rules.find((rule) => rule.id === "permission")).toMatchObject({
      outcome: "decides",
      matched: true,
      text: "Do you want to proceed?",
    });
    expect(explained.rules.find((rule) => rule.id === "question")).toMatchObject({
      outcome: "no_match",
      text: "that part of the screen is not there",
    });
  });

  test("gives the same reading", () => {
    expect(explained.reading).toEqual(
      readScreen(claude, recorded("claude", "approval-bash-120"), null),
    );
  });

  test("says which rules another one outranked and which are for other versions", () => {
    const busy = { shows: "busy", region: "screen", match: { contains: "x" } } as const;
    const facts: ScreenFacts = {
      ...codex,
      rules: [
        { ...busy, id: "low", priority: 1 },
        { ...busy, id: "high", priority: 2 },
        { ...busy, id: "later", priority: 3, versions: ">=9" },
      ],
    };
    const outcomes = explainScreen(facts, { lines: ["x"], title: "" }, "1.0").rules.map(
      (rule) => `${rule.id} ${rule.outcome}`,
    );
    expect(outcomes).toEqual([
      "high decides",
      "low outranked",
      "later not_for_this_version",
      "composer no_match",
    ]);
  });
});
