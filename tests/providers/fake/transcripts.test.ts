import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import fake from "../../../providers/fake/provider.ts";
import type { LogPlace } from "../../../src/provider/definition.ts";
import { Play } from "../../support/session.ts";
import { FakeAgents, type FakePane } from "./pane.ts";
import { channelRecord, providerFolder, storedClaims } from "./recordings.ts";

let agents: FakeAgents;
beforeAll(() => {
  agents = new FakeAgents();
});
afterAll(() => agents.close());

interface Case {
  readonly name: string;
  readonly extra?: Record<string, string>;
  readonly prompt: string;
  readonly act?: (pane: FakePane) => Promise<void>;
}

/** Presses a key in the dialog once this hook was told of it. */
const press =
  (key: string, told: string) =>
  async (pane: FakePane): Promise<void> => {
    await pane.until("dialog");
    await pane.untilHook(told);
    pane.press(key);
  };

const cases: readonly Case[] = [
  { name: "completed", prompt: "!fake tool Read a.txt\n!fake usage 10 20 5\n!fake say done" },
  {
    name: "approved",
    prompt: "!fake approve ls\n!fake say {answer}",
    act: press("1", "PermissionRequest"),
  },
  {
    name: "denied",
    prompt: "!fake approve ls\n!fake say {answer}",
    act: press("3", "PermissionRequest"),
  },
  {
    name: "question",
    prompt: '!fake ask "Which?" A|B\n!fake say {answer}',
    act: press("2", "PreToolUse"),
  },
  {
    name: "plan",
    prompt: "!fake plan read|write\n!fake say {answer}",
    act: press("1", "PermissionRequest"),
  },
  { name: "failed", prompt: "!fake fail" },
  { name: "limited", prompt: "!fake limit 3600" },
  { name: "warned", prompt: "!fake warn\n!fake say done" },
  {
    name: "interrupted",
    prompt: "!fake say half\n!fake sleep 60",
    act: async (pane) => {
      await pane.untilScreen(/• half/);
      pane.press("Escape");
    },
  },
  {
    name: "queued",
    prompt: "!fake sleep 30",
    act: async (pane) => {
      await pane.until("turn_start");
      await pane.send("!fake say two");
      await pane.until("prompt", { count: 2 });
      pane.press("Escape");
      await pane.until("turn_end", { count: 2 });
    },
  },
  {
    name: "steered",
    extra: { busy_input: "steer" },
    prompt: "!fake sleep 10\n!fake say one",
    act: async (pane) => {
      await pane.until("turn_start");
      await pane.send("!fake say two");
      await pane.untilHook("UserPromptSubmit", 2);
    },
  },
  {
    name: "replaced",
    prompt: "!fake change 1.5\n!fake approve ls\n!fake say {answer}",
    act: async (pane) => {
      await pane.until("dialog", { count: 2 });
      await pane.untilHook("PermissionRequest", 2);
      pane.press("1");
    },
  },
];

describe.concurrent("what the channels told of a turn", () => {
  test.for(cases)("$name is what the agent tells today", async (one, { expect }) => {
    const { name, extra, prompt, act } = one;
    const pane = await agents.open(extra);

    await pane.send(prompt);
    await act?.(pane);
    await pane.until("turn_end");

    const file = join(providerFolder, "transcripts", `${name}.jsonl`);
    await expect(channelRecord(pane)).toMatchFileSnapshot(file);
  });
});

/** Plays the claims of one channel, and gives all states the session went through. */
function statesFrom(name: string, channel: "hook" | "log"): { play: Play; states: string[] } {
  const play = new Play();
  const states: string[] = [];
  for (const claim of storedClaims(name, channel)) {
    play.now += 20;
    play.say(channel, claim);
    if (states.at(-1) !== play.state) states.push(play.state);
  }
  return { play, states };
}

describe("a channel alone leads to the right states", () => {
  test.each([
    ["completed", "hook", ["starting", "idle", "running", "idle"], "completed", "done"],
    ["completed", "log", ["running", "idle"], "completed", "done"],
    [
      "approved",
      "hook",
      ["starting", "idle", "running", "awaiting_approval", "running", "idle"],
      "completed",
      "approved",
    ],
    [
      "approved",
      "log",
      ["running", "awaiting_approval", "running", "idle"],
      "completed",
      "approved",
    ],
    [
      "denied",
      "hook",
      ["starting", "idle", "running", "awaiting_approval", "running", "idle"],
      "completed",
      "denied",
    ],
    [
      "question",
      "hook",
      ["starting", "idle", "running", "awaiting_input", "running", "idle"],
      "completed",
      "B",
    ],
    ["question", "log", ["running", "awaiting_input", "running", "idle"], "completed", "B"],
    [
      "plan",
      "hook",
      ["starting", "idle", "running", "awaiting_approval", "running", "idle"],
      "completed",
      "carried out",
    ],
    [
      "plan",
      "log",
      ["running", "awaiting_approval", "running", "idle"],
      "completed",
      "carried out",
    ],
    ["failed", "log", ["running", "idle"], "failed", null],
    ["limited", "log", ["running", "limited"], "limited", null],
    ["interrupted", "log", ["running", "idle"], "interrupted", "half"],
    ["warned", "log", ["running", "idle"], "completed", "done"],
    [
      "replaced",
      "hook",
      [
        "starting",
        "idle",
        "running",
        "awaiting_approval",
        "running",
        "awaiting_approval",
        "running",
        "idle",
      ],
      "completed",
      "denied",
    ],
  ] as const)("%s by the %s", (name, channel, states, outcome, result) => {
    const seen = statesFrom(name, channel);

    expect(seen.states).toEqual(states);
    expect(seen.play.turnStates()).toEqual([outcome]);
    expect(seen.play.view.turns[0]?.result).toBe(result);
  });

  test("a queued prompt is a turn of its own, and so is one that joined a turn", () => {
    const queued = statesFrom("queued", "log");
    expect(queued.states).toEqual(["running", "idle", "running", "idle"]);
    expect(queued.play.turnStates()).toEqual(["interrupted", "completed"]);
    expect(storedClaims("queued", "log")).toContainEqual({
      kind: "prompt_queued",
      text: "!fake say two",
    });

    const steered = statesFrom("steered", "log").play.view.turns;
    expect(steered.map((turn) => [turn.prompt, turn.state])).toEqual([
      ["!fake sleep 10\n!fake say one", "completed"],
      ["!fake say two", "completed"],
    ]);
    expect(steered[1]?.result).toBe("two");
  });

  test("the limit's reset time and the tokens are those of the log", () => {
    const { play } = statesFrom("limited", "log");
    expect(play.view.session.limit?.value.resetsAt).toBe(Date.parse("2030-01-01T00:00:00Z"));

    const completed = statesFrom("completed", "log").play;
    expect(completed.view.turns[0]?.tokens).toEqual({ input: 10, output: 20, cached: 5 });
  });

  test("each dialog that took another's place is a prompt of its own, with the reply that names it", () => {
    const opened = storedClaims("replaced", "hook").flatMap((claim) =>
      claim.kind === "dialog_opened" ? [claim] : [],
    );

    expect(opened.map((claim) => claim.ref)).toEqual(["c1", "c2"]);
    expect(opened.map((claim) => claim.dialog.options[0]?.reply)).toEqual([
      '{"dialog":"d1","option":"Yes"}',
      '{"dialog":"d2","option":"No"}',
    ]);
  });
});

describe("a piece of a channel", () => {
  test.each(["", "{", "[]", "null", '{"type":5}', '{"type":"user"', '{"type":"later-version"}'])(
    "that is no line of the agent's transcript claims nothing: %s",
    (line) => {
      expect(fake.log?.read(line, null).claims).toEqual([]);
    },
  );

  test.each([null, 5, [], "x", { source: "subagent", session_id: "other" }])(
    "that is no payload of its own start identifies nobody: %j",
    (payload) => {
      expect(fake.hooks?.read("SessionStart", payload, null)).toMatchObject({
        claims: [],
        logPath: null,
      });
      expect(fake.hooks?.read("NoSuchEvent", payload, null).claims).toEqual([]);
    },
  );

  test("names its conversation, and the start where the log lies", () => {
    const payload = { source: "startup", session_id: "abc", transcript_path: "/session/abc.jsonl" };

    expect(fake.hooks?.read("SessionStart", payload, null)).toMatchObject({
      conversation: "abc",
      logPath: "/session/abc.jsonl",
      claims: [{ kind: "agent_identified", agentSessionId: "abc" }, { kind: "idle" }],
    });
    expect(fake.log?.read('{"conversation":"abc"}', null).conversation).toBe("abc");
  });

  test("the log is found once it is there", async () => {
    const names: string[] = [];
    const place: LogPlace = {
      workPath: "/repo",
      agentSessionId: "abc",
      pid: 1,
      startedAt: 0,
      facts: { log: "/session/abc.jsonl" },
      env: {},
      list: (folder) =>
        Promise.resolve(folder === "/session" ? names.map((name) => ({ name, mtimeMs: 0 })) : []),
      read: () => Promise.resolve(undefined),
      openFiles: () => Promise.resolve([]),
    };

    expect(await fake.log?.find(place)).toBeNull();
    names.push("record.jsonl", "abc.jsonl");
    expect(await fake.log?.find(place)).toBe("/session/abc.jsonl");
  });
});
