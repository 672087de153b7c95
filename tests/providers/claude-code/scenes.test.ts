import { describe, expect, test } from "vitest";
import { t0 } from "../../support/session.ts";
import { promptsOf, Replay } from "./replay.ts";
import { sceneNames } from "./recordings.ts";

/** A scene in which we sent its prompts, heard to the end, and some time after it. */
function play(name: string, afterMs = 2_000): Replay {
  const replay = new Replay();
  for (const prompt of promptsOf(name)) replay.send(prompt);
  replay.hear(name).pass(afterMs);
  return replay;
}

function turns(replay: Replay): [number, string, string | null][] {
  return replay.view.turns.map((turn) => [turn.n, turn.state, turn.result]);
}

test("a prompt given at the start is accepted by its hook, and idle is not said before", () => {
  const replay = new Replay();
  replay.send("[[say:hello there]]", "launch");
  replay.hear("first-prompt");
  expect(replay.states.indexOf("running")).toBeLessThan(replay.states.indexOf("idle"));
  expect(replay.course).toEqual(["running", "idle"]);
  expect(turns(replay)).toEqual([[1, "completed", "hello there"]]);
  expect(replay.view.turns[0]).toMatchObject({ author: "tester", takenBy: ["hook", "log"] });
  expect(replay.view.deliveries).toEqual([]);
  expect(replay.view.session.agentSessionId).toMatch(/^[0-9a-f-]{36}$/);
});

test("a turn with a tool call runs from its prompt to its stop", () => {
  const replay = play("second-turn");
  expect(replay.course).toEqual(["running", "idle"]);
  expect(turns(replay)).toEqual([[1, "completed", "it is a readme"]]);
  expect(replay.view.turns[0]?.tokens?.output).toBeGreaterThan(0);
  expect(replay.events.filter((type) => type === "tool_started")).toHaveLength(1);
});

describe("a permission request", () => {
  test("is open until the agent goes on, however it was answered", () => {
    for (const name of ["approved", "denied", "file-written"]) {
      const replay = play(name);
      expect(replay.course).toEqual(["running", "awaiting_approval", "running", "idle"]);
      expect(replay.view.turns[0]?.state).toBe("completed");
      expect(replay.events.filter((type) => type === "prompt_opened")).toHaveLength(1);
    }
  });

  test("names its tool call, its command and what a hook has to print", () => {
    const replay = new Replay();
    replay.hear("approved", ({ view }) => view.prompts.length > 0);
    const [prompt] = replay.view.prompts;
    expect(prompt).toMatchObject({ kind: "approval", subject: "echo yes > a.txt" });
    expect(prompt?.ref).toMatch(/^toolu_/);
    expect(prompt?.text).toContain("echo yes > a.txt");
    expect(prompt?.options.map(({ label, role }) => [label, role])).toEqual([
      ["Yes", "allow"],
      ["No", "deny"],
    ]);
    expect(JSON.parse(prompt?.options[0]?.reply ?? "")).toEqual({
      hookSpecificOutput: {
        hookEventName: "PermissionRequest",
        decision: { behavior: "allow" },
      },
    });
  });

  test("that a person allows in the pane is over before the command it is about", () => {
    const replay = new Replay();
    replay.send(promptsOf("person-approves")[0] ?? "");
    replay.hear("person-approves", ({ states }) => states.at(-1) === "awaiting_approval");
    const opened = replay.now;
    replay.hear("person-approves", ({ states }) => states.at(-1) === "running");
    const half = new Replay();
    half.send(promptsOf("person-approves")[0] ?? "");
    half.hear(
      "person-approves",
      ({ course }) => course.includes("awaiting_approval") && course.at(-1) === "running",
    );
    expect(half.now - opened).toBeLessThan(1_500);
    expect(half.events).not.toContain("tool_finished");
    expect(half.events).toContain("prompt_withdrawn");
  });

  test("that a person escapes ends the turn as interrupted", () => {
    const replay = play("person-escapes");
    expect(replay.course.at(-1)).toBe("idle");
    expect(replay.view.turns[0]?.state).toBe("interrupted");
    expect(replay.view.prompts).toEqual([]);
  });
});

test("a question is answered by one of its labels or in words", () => {
  const open = new Replay();
  open.hear("question", ({ view }) => view.prompts.length > 0);
  expect(open.state).toBe("awaiting_input");
  expect(open.view.prompts[0]).toMatchObject({
    kind: "question",
    text: "Which colour?",
    acceptsText: true,
    options: [{ label: "red" }, { label: "blue" }],
  });
  expect(play("question").course).toEqual(["running", "awaiting_input", "running", "idle"]);
});

test("a plan is asked for with its text", () => {
  const replay = new Replay();
  replay.hear("plan", ({ view }) => view.prompts.some(({ kind }) => kind === "plan"));
  expect(replay.view.prompts[0]).toMatchObject({ kind: "plan", text: "# The plan\n\n1. do it" });
  expect(replay.state).toBe("awaiting_approval");
  expect(play("plan").course.slice(-3)).toEqual(["awaiting_approval", "running", "idle"]);
});

describe("an interrupt", () => {
  test("in the middle of an answer is told by the log", () => {
    const replay = play("interrupted");
    expect(replay.view.turns[0]).toMatchObject({ state: "interrupted", endedBy: ["log"] });
    expect(replay.state).toBe("idle");
  });

  test("before the first word is told by the status file alone, and the prompt it gives back", () => {
    const replay = new Replay();
    const [prompt = ""] = promptsOf("interrupted-early");
    replay.send(prompt);
    replay.hear("interrupted-early");
    replay.say("screen", {
      kind: "screen",
      reading: {
        busy: false,
        composer: { draft: prompt, pastePlaceholder: false, line: "⏸ manual mode on" },
        dialog: null,
        dialogLines: [],
        limit: null,
        rule: "composer",
        because: "⏸ manual mode on",
      },
    });
    replay.pass(3_000);
    expect(replay.view.turns[0]).toMatchObject({ state: "interrupted", endedBy: ["log"] });
    expect(replay.state).toBe("idle");
  });
});

describe("a text sent while the agent works", () => {
  test("is queued, and idle is not said before the queue is worked off", () => {
    const replay = play("queued");
    expect(replay.course).toEqual(["running", "idle"]);
    expect(turns(replay).map(([, state]) => state)).toEqual([
      "completed",
      "completed",
      "completed",
    ]);
    expect(turns(replay)[2]?.[2]).toBe("four");
    expect(replay.events.filter((type) => type === "delivery_queued_by_agent")).toHaveLength(2);
    expect(replay.events.filter((type) => type === "delivery_accepted")).toHaveLength(3);
  });

  test("is taken into the running turn where a tool runs", () => {
    const replay = play("absorbed");
    expect(replay.course).toEqual(["running", "idle"]);
    expect(turns(replay).map(([, state]) => state)).toEqual(["completed", "completed"]);
    expect(turns(replay)[1]?.[2]).toBe("second");
  });

  test("by a person is a turn of theirs", () => {
    const replay = new Replay();
    replay.send(promptsOf("queued")[0] ?? "");
    replay.hear("queued").pass(2_000);
    expect(replay.view.turns.map(({ author }) => author)).toEqual(["tester", "person", "person"]);
    expect(replay.state).toBe("idle");
  });
});

describe("a refusal of the service", () => {
  test.each([
    ["failed-401", /401/],
    ["failed-500", /500/],
    ["too-many-requests", /temporarily limiting requests/],
  ])("%s fails the turn in the agent's own words", (name, words) => {
    const replay = play(name);
    expect(replay.view.turns[0]).toMatchObject({ state: "failed" });
    expect(replay.view.turns[0]?.error).toMatch(words);
    expect(replay.course).toEqual(["running", "idle"]);
    expect(replay.events).not.toContain("limit_hit");
  });

  test("of a spent subscription is a limit with its end", () => {
    const replay = play("limited");
    expect(replay.view.turns[0]).toMatchObject({ state: "limited" });
    expect(replay.course).toEqual(["running", "limited"]);
    expect(replay.view.session.limit?.value.resetsAt).toBe(t0 + 3_600_000);
    expect(replay.events).not.toContain("limit_lifted");
  });
});

describe("what runs in the background", () => {
  test("a subagent keeps its turn open until it reported", () => {
    const replay = play("background-agent");
    expect(replay.course).toEqual(["running", "idle"]);
    expect(replay.view.turns).toHaveLength(1);
    expect(replay.view.turns[0]).toMatchObject({ state: "completed", author: "tester" });
    expect(replay.view.session.backgroundJobs).toBe(0);
  });

  test("a shell is a job; when it ends the agent works by itself", () => {
    const replay = play("background-shell");
    expect(replay.view.turns.map(({ author, state }) => [author, state])).toEqual([
      ["tester", "completed"],
      ["agent", "completed"],
    ]);
    expect(replay.view.session.backgroundJobs).toBe(0);
    expect(replay.state).toBe("idle");
  });
});

test("/clear begins a conversation of another name, which is followed", () => {
  const replay = new Replay({ agentSessionId: "the one before" });
  replay.hear("cleared").pass(2_000);
  expect(replay.view.session.agentSessionId).not.toBe("the one before");
  expect(replay.view.turns.map(({ prompt, state }) => [prompt, state])).toEqual([
    ["[[say:a new conversation]]", "completed"],
  ]);
  expect(replay.state).toBe("idle");
});

test("every scene ends calm, by the agent's own channels alone", () => {
  for (const name of sceneNames()) {
    const replay = play(name, 10_000);
    expect([name, replay.state]).toEqual([name, name === "limited" ? "limited" : "idle"]);
    expect(replay.view.turns.every(({ state }) => state !== "running")).toBe(true);
  }
});
