import { describe, expect, test } from "vitest";
import { log } from "../../../providers/devin-cli/log.ts";
import type { LogPlace } from "../../../src/provider/definition.ts";
import { sceneNames } from "./recordings.ts";
import type { SceneReplay } from "../../support/scene-replay.ts";
import { scene } from "./recordings.ts";
import { newReplay, promptsOf } from "./replay.ts";

/** A scene in which we sent its prompts, heard to the end, and some time after it. */
function play(name: string): SceneReplay {
  const replay = newReplay();
  for (const prompt of promptsOf(name)) replay.send(prompt);
  replay.hear(scene(name)).pass(2_000);
  return replay;
}

function turns(replay: SceneReplay): [string, string, string | null][] {
  return replay.view.turns.map(({ author, state, result }) => [author, state, result]);
}

/** The dialogs as they are when the agent asks. */
function asked(name: string): SceneReplay {
  const replay = newReplay();
  replay.hear(scene(name), ({ view }) => view.prompts.length > 0);
  return replay;
}

test("a first prompt is accepted by its hook, and its answer is the result", () => {
  const replay = play("argument");
  expect(replay.course).toEqual(["running", "idle"]);
  expect(turns(replay)).toEqual([["tester", "completed", "as told"]]);
  expect(replay.view.deliveries).toEqual([]);
  expect(replay.view.session.agentSessionId).toMatch(/^[a-z]+-[a-z]+$/);
});

test("two turns are two, each with its answer, and so is a text sent during a turn", () => {
  for (const name of ["completed", "queued"]) {
    const last = turns(play(name)).slice(-2);
    expect(last.map(([author, state]) => [author, state])).toEqual([
      ["tester", "completed"],
      ["tester", "completed"],
    ]);
    expect(last.at(-1)?.[2]).toBe("second answer");
  }
});

describe("a dialog", () => {
  test.each(["approved", "two", "question", "questions", "question-typed"])(
    "%s is open until the agent goes on, and its turn is completed",
    (name) => {
      const replay = play(name);
      expect(replay.course.some((state) => /^awaiting_(?:approval|input)$/.test(state))).toBe(true);
      expect(replay.course.at(-1)).toBe("idle");
      expect(replay.view.turns[0]?.state).toBe("completed");
      expect(replay.view.prompts).toEqual([]);
    },
  );

  test("about a command names it before it is drawn", () => {
    const { view, state } = asked("approved");
    expect(state).toBe("awaiting_approval");
    expect(view.prompts[0]).toMatchObject({
      kind: "approval",
      text: "exec: echo hi > a.txt",
      subject: "echo hi > a.txt",
      openedBy: "hook",
    });
  });

  test("about two calls is one after the other", () => {
    const replay = newReplay();
    const open: number[] = [];
    replay.hear(scene("two"), ({ view }) => {
      open.push(view.prompts.length);
      return false;
    });
    expect(Math.max(...open)).toBe(1);
    expect(replay.events.filter((type) => type === "prompt_opened")).toHaveLength(2);
  });

  test("with questions has the labels that may be chosen", () => {
    const { view, state } = asked("questions");
    expect(state).toBe("awaiting_input");
    expect(
      view.prompts.map(({ text, options }) => [text, options.map(({ label }) => label)]),
    ).toEqual([
      ["Which colour?", ["red", "blue"]],
      ["Which size?", ["big", "small"]],
    ]);
  });

  test("with a plan shows all of it", () => {
    const { view, state } = asked("plan-refused");
    expect(state).toBe("awaiting_approval");
    expect(view.prompts[0]).toMatchObject({ kind: "plan", text: "1. do it\n2. test it" });
  });

  test.each(["denied", "escaped", "plan-refused", "question-escaped"])(
    "that is refused ends its turn, which the log alone tells: %s",
    (name) => {
      const replay = play(name);
      expect(replay.course.at(-1)).toBe("idle");
      expect(replay.view.turns[0]).toMatchObject({ state: "interrupted", endedBy: ["log"] });
      expect(replay.view.prompts).toEqual([]);
    },
  );
});

test.each(["interrupted", "command-interrupted"])(
  "an interrupt ends the turn as such: %s",
  (name) => {
    expect(play(name).view.turns[0]).toMatchObject({ state: "interrupted", endedBy: ["log"] });
  },
);

test("the turn after an interrupt is none of its affair", () => {
  expect(turns(play("interrupted")).at(-1)).toEqual(["tester", "completed", "after it"]);
});

describe("a refusal of the service", () => {
  test.each([
    ["failed-refused", /^Permission denied: mock refusal$/],
    ["failed-signed-out", /\S/],
    ["failed-unavailable", /\S/],
  ])("fails the turn in the agent's own words: %s", (name, words) => {
    const replay = play(name);
    expect(replay.view.turns[0]).toMatchObject({ state: "failed", endedBy: ["log"] });
    expect(replay.view.turns[0]?.error).toMatch(words);
    expect(replay.course.at(-1)).toBe("idle");
  });

  test("for the number of requests is a warning and no limit", () => {
    const replay = play("failed-exhausted");
    expect(replay.view.turns[0]).toMatchObject({ state: "failed", error: "mock refusal" });
    expect(replay.events).toContain("limit_warning");
    expect(replay.events).not.toContain("limit_hit");
  });

  test("that names a quota is a limit", () => {
    const failed = `2026-11-21T18:00:00.000000Z  WARN run_acp_server: x: Sending error response id=1 method=session/prompt error=Error { code: -32011: Unknown error, message: "again" }`;
    const said = `2026-11-21T18:00:00.000000Z ERROR affogato::agent::control_loop: attempts=3 error=Inference(RateLimited(message=Your weekly quota is used up)) Exhausted inference retries; stopping turn`;
    const { memory } = log.read(said, null);
    expect(log.read(failed, memory)).toMatchObject({
      claims: [
        { kind: "limit_hit", resetsAt: null, message: "Your weekly quota is used up" },
        { kind: "turn_ended", outcome: "limited" },
      ],
      at: Date.UTC(2026, 10, 21, 18),
    });
  });
});

test("a sub-agent's stop is not the end of the turn, and its dialog is the session's", () => {
  const replay = newReplay();
  replay.send(promptsOf("sub-agent")[0] ?? "");
  replay.hear(scene("sub-agent"), ({ view }) => view.prompts.length > 0);
  expect(replay.view.prompts[0]).toMatchObject({ subject: "touch b.txt" });
  expect(turns(play("sub-agent"))).toEqual([["tester", "completed", "end"]]);
});

test("a conversation that is gone on with keeps its id", () => {
  const left = play("left").view.session.agentSessionId;
  expect(play("resumed").view.session.agentSessionId).toBe(left);
  expect(turns(play("resumed"))).toEqual([["tester", "completed", "second answer"]]);
});

test("every scene ends calm, by the agent's own channels alone", () => {
  expect(sceneNames().length).toBeGreaterThan(15);
  for (const name of sceneNames()) {
    const replay = play(name);
    replay.pass(10_000);
    expect([name, replay.state]).toEqual([name, "idle"]);
    expect(replay.view.turns.every(({ state }) => state !== "running")).toBe(true);
  }
});

test("the log is that of the process with the conversation", async () => {
  const place = (texts: Readonly<Record<string, string>>): LogPlace => ({
    workPath: "/home/dev/project",
    agentSessionId: null,
    pid: 1,
    startedAt: 0,
    facts: { logs: "/l" },
    env: {},
    list: () => Promise.resolve([]),
    read: (path) => Promise.resolve(texts[path]),
    openFiles: () => Promise.resolve(["/etc/hosts", "/l/other.log", ...Object.keys(texts)]),
  });
  const parent = "/l/devin_20261121-175818_2780.log";
  const child = "/l/devin_20261121-175819_2806.log";
  const line = "2026-11-21T17:58:19.000000Z  INFO run_acp_server: x: y\n";
  expect(await log.find(place({ [parent]: "started\n", [child]: line }))).toBe(child);
  expect(await log.find(place({ [parent]: "started\n" }))).toBeNull();
  expect(await log.find(place({ "/elsewhere/devin_20261121-175819_2806.log": line }))).toBeNull();
});
