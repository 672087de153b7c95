import { describe, expect, test } from "vitest";
import { sceneNames } from "./recordings.ts";
import type { SceneReplay } from "../../support/scene-replay.ts";
import { scene } from "./recordings.ts";
import { newReplay, promptsOf } from "./replay.ts";

/** A scene in which we sent its prompts, heard to the end, and some time after it. */
function play(name: string, channels?: readonly ("hook" | "log")[]): SceneReplay {
  const replay = newReplay(channels);
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

test("a first prompt is accepted by its hook and confirmed by the log", () => {
  const replay = play("first-prompt");
  expect(replay.course).toEqual(["running", "idle"]);
  expect(turns(replay)).toEqual([["tester", "completed", "trusted"]]);
  expect(replay.view.turns[0]).toMatchObject({ takenBy: ["hook", "log"], endedBy: ["log"] });
  expect(replay.view.deliveries).toEqual([]);
  expect(replay.view.session.agentSessionId).toMatch(/^[0-9a-f-]{36}$/);
});

test("two turns are two, each with its answer, by the log alone as well", () => {
  for (const channels of [["hook", "log"], ["log"]] as const) {
    const replay = play("completed", channels);
    expect(turns(replay)).toEqual([
      ["tester", "completed", "first answer"],
      ["tester", "completed", "second answer"],
    ]);
    expect(replay.state).toBe("idle");
  }
});

describe("a dialog", () => {
  test.each(["approved", "two", "question", "questions", "plan"])(
    "%s is open until the agent goes on, and its turn is completed",
    (name) => {
      const replay = play(name);
      const [, waits] = replay.course;
      expect(waits).toMatch(/^awaiting_(?:approval|input)$/);
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
      text: "Execute: echo hi > a.txt",
      subject: "echo hi > a.txt",
      openedBy: "hook",
    });
  });

  test("about two commands is one", () => {
    const replay = play("two");
    expect(replay.events.filter((type) => type === "prompt_opened")).toHaveLength(1);
    expect(asked("two").view.prompts[0]?.text).toBe(
      "Execute: echo 1 > p1.txt\nExecute: echo 2 > p2.txt",
    );
  });

  test("with a question has the labels that may be chosen", () => {
    const { view, state } = asked("question");
    expect(state).toBe("awaiting_input");
    expect(view.prompts[0]).toMatchObject({
      kind: "question",
      text: "Which colour?",
      acceptsText: true,
      options: [{ label: "red" }, { label: "blue" }],
    });
  });

  test("with two questions is two, each of its own words", () => {
    const { view } = asked("questions");
    expect(view.prompts.map(({ text, options }) => [text, options.length])).toEqual([
      ["Which colour?", 2],
      ["Which size?", 2],
    ]);
  });

  test("with a specification shows all of it", () => {
    const { view, state } = asked("plan");
    expect(state).toBe("awaiting_approval");
    expect(view.prompts[0]).toMatchObject({ kind: "plan" });
    expect(view.prompts[0]?.text).toContain("1. do it\n2. test it");
  });

  test.each(["denied", "plan-refused"])("that is refused is over with its turn: %s", (name) => {
    const replay = play(name);
    expect(replay.course.slice(0, 2)).toEqual(["running", "awaiting_approval"]);
    expect(replay.course.at(-1)).toBe("idle");
    expect(replay.view.turns[0]?.state).toMatch(/^(?:completed|interrupted)$/);
  });
});

test.each(["interrupted", "interrupted-early"])(
  "an interrupt ends the turn as such: %s",
  (name) => {
    const replay = play(name);
    expect(replay.view.turns[0]).toMatchObject({ state: "interrupted", endedBy: ["log"] });
    expect(replay.course).toEqual(["running", "idle"]);
  },
);

describe("a text sent while the agent works", () => {
  test("joins the running turn where a tool runs, and no hook tells it", () => {
    const replay = newReplay();
    replay.send(promptsOf("steered")[0] ?? "");
    replay.send("[[say:steered]] now");
    replay.hear(scene("steered")).pass(2_000);
    expect(replay.view.turns.map(({ author, state }) => [author, state])).toEqual([
      ["tester", "completed"],
      ["tester", "completed"],
    ]);
    expect(replay.view.turns[1]?.takenBy).toEqual(["log"]);
    expect(replay.state).toBe("idle");
  });

  test("is a turn of its own where none does", () => {
    const replay = newReplay();
    replay.hear(scene("queued")).pass(2_000);
    expect(replay.view.turns.at(-1)).toMatchObject({ state: "completed", result: "later" });
    expect(replay.view.turns.at(-2)?.state).toBe("completed");
  });
});

describe("a refusal of the service", () => {
  test("fails the turn in the agent's own words, though its hook only says Stop", () => {
    const replay = play("refused-401");
    expect(replay.view.turns[0]).toMatchObject({ state: "failed" });
    expect(replay.view.turns[0]?.error).toMatch(/401/);
    expect(replay.course).toEqual(["running", "idle"]);
  });

  test("for the number of requests is a warning and no limit", () => {
    const replay = play("too-many-requests");
    expect(replay.view.turns.at(-1)?.state).toBe("failed");
    expect(replay.view.turns.at(-1)?.error).toMatch(/429/);
    expect(replay.events).toContain("limit_warning");
    expect(replay.events).not.toContain("limit_hit");
  });
});

describe("a sub-agent", () => {
  test("does not become the session, and its dialog is the session's", () => {
    const replay = newReplay();
    replay.send(promptsOf("sub-agent")[0] ?? "");
    replay.hear(scene("sub-agent"), ({ view }) => view.prompts.length > 0);
    const own = replay.view.session.agentSessionId;
    expect(replay.view.prompts[0]).toMatchObject({ subject: "echo sub > sub.txt" });
    expect(replay.state).toBe("awaiting_approval");
    expect(replay.view.session.backgroundJobs).toBe(1);
    const whole = play("sub-agent");
    expect(whole.view.session.agentSessionId).toBe(own);
    expect(whole.view.session.backgroundJobs).toBe(0);
    expect(whole.view.prompts).toEqual([]);
  });

  test("that reports makes the agent work by itself", () => {
    expect(turns(play("sub-agent")).map(([author, state]) => [author, state])).toEqual([
      ["tester", "completed"],
      ["agent", "completed"],
    ]);
  });
});

test("a conversation that is begun anew is followed", () => {
  const replay = play("cleared");
  expect(replay.claims.filter(({ kind }) => kind === "agent_identified").length).toBeGreaterThan(1);
  expect(turns(replay).at(-1)).toEqual(["tester", "completed", "a new conversation"]);
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
