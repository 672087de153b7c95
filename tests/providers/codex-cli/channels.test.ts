import { describe, expect, test } from "vitest";
import type { Claim } from "../../../src/provider/definition.ts";
import { captured, readHook, readLine, replay } from "./recordings.ts";

/** Prompt, author, end and result of each turn. */
function turnsOf(name: string, channels?: readonly ("hook" | "log")[]): unknown[] {
  const { turns } = replay(name, channels).play.view;
  return turns.map(({ author, state, result }) => [author, state, result]);
}

function opened(claims: readonly Claim[]): Extract<Claim, { kind: "dialog_opened" }>[] {
  return claims.flatMap((claim) => (claim.kind === "dialog_opened" ? [claim] : []));
}

function kinds(claims: readonly Claim[]): string[] {
  return claims.map(({ kind }) => kind);
}

describe("hooks and rollout together lead through", () => {
  test.each([
    ["completed", ["running", "idle", "running", "idle"]],
    ["approved", ["running", "awaiting_approval", "running", "idle"]],
    ["denied", ["running", "awaiting_approval", "idle"]],
    ["edit", ["running", "awaiting_approval", "running", "idle"]],
    ["parallel", ["running", "awaiting_approval", "running", "idle"]],
    ["question", ["running", "awaiting_input", "running", "idle"]],
    ["questions", ["running", "awaiting_input", "running", "idle"]],
    ["plan", ["running", "idle", "awaiting_approval", "running", "idle"]],
    ["plan-afresh", ["running", "idle", "awaiting_approval", "running", "idle"]],
    ["interrupted", ["running", "idle"]],
    ["steered", ["running", "idle"]],
    ["limited", ["running", "idle", "running", "limited"]],
    ["refused-401", ["running", "idle"]],
    ["failed-500", ["running", "idle"]],
    ["busy-429", ["running", "idle"]],
    ["cut", ["running", "idle"]],
    ["read-only", ["running", "idle"]],
    ["side-conversation", ["running", "idle", "running", "idle", "running", "idle"]],
  ])("%s: its states", (name, states) => {
    const seen = replay(name);

    expect(seen.states).toEqual(["starting", ...states]);
    expect(seen.play.view.prompts).toEqual([]);
  });
});

describe("a turn", () => {
  test("ends as the rollout says, with its result, its tokens and both witnesses of its prompt", () => {
    const { play } = replay("completed");

    expect(play.view.turns).toMatchObject([
      { state: "completed", result: "first answer", takenBy: ["hook", "log"], endedBy: ["log"] },
      { state: "completed", result: "second answer", takenBy: ["hook", "log"] },
    ]);
    expect(play.view.turns[0]?.tokens?.output).toBeGreaterThan(0);
    expect(play.view.session.agentSessionId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is known from the rollout alone", () => {
    expect(turnsOf("completed", ["log"])).toEqual([
      ["person", "completed", "first answer"],
      ["person", "completed", "second answer"],
    ]);
  });

  test("in a conversation without a rollout ends with its hook", () => {
    expect(turnsOf("side-conversation")).toEqual([
      ["person", "completed", "in the main thread"],
      ["person", "completed", "Mock: heard you."],
      ["person", "completed", "back in the main one"],
    ]);
  });

  test("that was interrupted or denied is interrupted for both channels", () => {
    for (const name of ["interrupted", "denied"]) {
      const [turn] = replay(name).play.view.turns;
      expect(turn).toMatchObject({ state: "interrupted", endedBy: ["hook", "log"] });
    }
  });

  test("that another text joined is followed by a turn of that text", () => {
    expect(turnsOf("steered")).toEqual([
      ["person", "completed", null],
      ["person", "completed", "steered"],
    ]);
  });

  test.each([
    ["refused-401", /401 Unauthorized/],
    ["failed-500", /high demand/],
    ["busy-429", /429 Too Many Requests/],
    ["cut", /stream disconnected/],
  ])("of the recording %s fails in the agent's own words", (name, error) => {
    const { play, claims } = replay(name);

    expect(play.view.turns).toMatchObject([{ state: "failed" }]);
    expect(play.view.turns[0]?.error).toMatch(error);
    expect(kinds(claims)).not.toContain("limit_hit");
    expect(kinds(claims).includes("limit_warning")).toBe(name === "busy-429");
  });

  test("in a read-only sandbox asks nothing, and its commands failed", () => {
    const { claims } = replay("read-only");
    expect(opened(claims)).toEqual([]);
    const finished = claims.filter((claim) => claim.kind === "tool_finished");
    expect(finished.map((claim) => claim.ok)).not.toContain(true);
  });
});

describe("a limit", () => {
  test("is warned of, and hit until the window that is spent begins anew", () => {
    const { play, claims } = replay("limited");
    const hit = claims.find((claim) => claim.kind === "limit_hit");
    const warnings = claims.flatMap((claim) =>
      claim.kind === "limit_warning" ? [claim.message] : [],
    );

    expect(play.view.turns[1]).toMatchObject({ state: "limited" });
    expect(hit?.message).toMatch(/hit your usage limit/);
    const spent = JSON.stringify(captured("limited")).match(
      /"used_percent":100,"window_minutes":300,"resets_at":(\d+)/,
    );
    expect(hit?.resetsAt).toBe(Number(spent?.[1]) * 1_000);
    expect(warnings[0]).toMatch(/^92 % of the 5 h limit is used, until 20/);
  });

  test("without known windows has no time", () => {
    const error = {
      message: "You've hit your usage limit.",
      codex_error_info: "usage_limit_exceeded",
    };
    const payload = { type: "task_complete", turn_id: "t", error };
    const { claims } = readLine(JSON.stringify({ type: "event_msg", payload }));

    expect(claims).toMatchObject([
      { kind: "limit_hit", resetsAt: null },
      { kind: "turn_ended", outcome: "limited", agentTurn: "t" },
    ]);
  });

  test("on both windows lasts until the later one begins anew, and each mark is told once", () => {
    const window = (used: number, resets: number, minutes: number): object => ({
      used_percent: used,
      window_minutes: minutes,
      resets_at: resets,
    });
    const line = (used: number): string =>
      JSON.stringify({
        type: "event_msg",
        payload: {
          type: "token_count",
          rate_limits: { primary: window(used, 100, 300), secondary: window(used, 200, 10_080) },
        },
      });
    const first = readLine(line(80));
    const second = readLine(line(85), first.memory);
    const third = readLine(line(100), second.memory);
    const error = { message: "spent", codex_error_info: "usage_limit_exceeded" };
    const payload = { type: "task_complete", turn_id: "t", error };
    const last = readLine(JSON.stringify({ type: "event_msg", payload }), third.memory);

    const warnings = ({ claims }: typeof first): string[] =>
      kinds(claims).filter((kind) => kind === "limit_warning");
    expect(warnings(first)).toHaveLength(2);
    expect(kinds(second.claims)).toEqual(["quota"]);
    expect(warnings(third)).toHaveLength(2);
    expect(last.claims[0]).toMatchObject({ kind: "limit_hit", resetsAt: 200_000 });
  });
});

describe("a dialog", () => {
  test("about a command is over when the command is, under the id of its call", () => {
    const { claims, play } = replay("approved");
    const [dialog] = opened(claims);
    const started = claims.find((claim) => claim.kind === "tool_started");

    expect(dialog?.ref).toBe(started?.callId);
    expect(dialog?.dialog).toMatchObject({
      kind: "approval",
      subject: "echo hi > a.txt",
      text: expect.stringContaining("$ echo hi > a.txt"),
    });
    expect(play.events.filter((type) => type.startsWith("tool_"))).toEqual([
      "tool_started",
      "tool_finished",
    ]);
  });

  test("about a file names it", () => {
    const [dialog] = opened(replay("edit").claims);
    expect(dialog?.dialog.subject).toBe("notes.txt");
  });

  test("of two commands at once has the id of its own command", () => {
    const { claims } = replay("parallel");
    const started = claims.flatMap((claim) => (claim.kind === "tool_started" ? [claim] : []));

    for (const { ref, dialog } of opened(claims)) {
      expect(started.find(({ callId }) => callId === ref)?.detail).toBe(dialog.subject);
    }
    expect(opened(claims)).toHaveLength(2);
  });

  test("of one command that is asked for twice has two ids", () => {
    const call = { session_id: "s", turn_id: "t", tool_name: "Bash" };
    const input = { tool_input: { command: "ls" } };
    const one = readHook("PreToolUse", { ...call, ...input, tool_use_id: "exec-1" });
    const two = readHook("PreToolUse", { ...call, ...input, tool_use_id: "exec-2" }, one.memory);
    const first = readHook("PermissionRequest", { ...call, ...input }, two.memory);
    const second = readHook("PermissionRequest", { ...call, ...input }, first.memory);

    expect(opened([...first.claims, ...second.claims]).map(({ ref }) => ref)).toEqual([
      "exec-1",
      "exec-2",
    ]);
  });

  test("of a call that nobody announced has an id all the same", () => {
    const payload = { turn_id: "t", tool_name: "mcp__mail__send", tool_input: { to: "x" } };
    const [dialog] = opened(readHook("PermissionRequest", payload).claims);

    expect(dialog?.ref).toContain("mcp__mail__send");
    expect(dialog?.dialog.text).toContain('{"to":"x"}');
  });

  test("of several questions is one for each, and all are over with their call", () => {
    const { claims } = replay("questions");
    const dialogs = opened(claims);

    expect(dialogs.map(({ dialog }) => dialog.text)).toEqual(["Which colour?", "Which size?"]);
    expect(dialogs.map(({ dialog }) => dialog.options.map(({ label }) => label)[0])).toEqual([
      "red",
      "big",
    ]);
    expect(new Set(dialogs.map(({ ref }) => ref)).size).toBe(2);
  });

  test("under a plan is told by the rollout, and what follows is the agent's own turn", () => {
    for (const name of ["plan", "plan-afresh"]) {
      const { claims, play } = replay(name);
      const [dialog] = opened(claims);

      expect(dialog?.dialog).toMatchObject({ kind: "plan" });
      expect(dialog?.dialog.text).toContain("2. test it");
      expect(play.view.turns.map(({ author, state }) => [author, state])).toEqual([
        ["person", "completed"],
        ["agent", "completed"],
      ]);
      expect(play.view.turns[0]?.result).toContain("# Plan");
    }
  });

  test("of a sub-agent is asked and answered like the agent's own", () => {
    const { claims, play } = replay("sub-agent");

    expect(opened(claims)).toHaveLength(2);
    const ids = opened(claims).map(({ ref }) => ref);
    const finished = claims.flatMap((claim) => (claim.kind === "tool_finished" ? [claim] : []));
    expect(ids.filter((id) => finished.some(({ callId }) => callId === id))).toEqual(ids);
    expect(play.view.turns).toHaveLength(1);
    expect(play.view.prompts).toEqual([]);
  });
});

describe("a piece of a channel", () => {
  test.each(["", "{", "[]", "null", '{"type":5}', '{"type":"event_msg"}', '{"payload":[]}'])(
    "that is no line of a rollout claims nothing: %s",
    (line) => {
      expect(readLine(line).claims).toEqual([]);
    },
  );

  test.each([null, 5, [], "x", {}, { session_id: 7 }])(
    "that is no payload claims nothing: %j",
    (payload) => {
      for (const event of ["SessionStart", "PreToolUse", "PostToolUse", "NoSuchEvent"]) {
        expect(readHook(event, payload)).toMatchObject({ claims: [], logPath: null });
      }
    },
  );

  test("of the rollout says when it was written", () => {
    const line = JSON.stringify({ timestamp: "2026-11-21T12:00:00.500Z", type: "x", payload: {} });
    expect(readLine(line).at).toBe(Date.UTC(2026, 10, 21, 12, 0, 0, 500));
    expect(readLine("{}").at).toBeUndefined();
  });

  test("that was copied from the thread a fork began with claims nothing", () => {
    const line = (type: string, payload: object): string => JSON.stringify({ type, payload });
    const head = readLine(line("session_meta", { id: "new", forked_from_id: "old" }));
    const copied = readLine(line("session_meta", { id: "old" }), head.memory);
    const aborted = { type: "turn_aborted", turn_id: "of the old one" };
    const history = readLine(line("event_msg", aborted), copied.memory);
    const settings = { type: "thread_settings_applied", thread_id: "new" };
    const own = readLine(line("event_msg", settings), history.memory);

    expect(history.claims).toEqual([]);
    expect(readLine(line("event_msg", aborted), own.memory).claims).toHaveLength(1);
  });

  test("of a sub-agent names neither the conversation's log nor a prompt of it", () => {
    const payload = { session_id: "s", agent_id: "a", transcript_path: "/x.jsonl", prompt: "p" };
    for (const event of ["SessionStart", "UserPromptSubmit", "Stop"]) {
      expect(readHook(event, payload)).toMatchObject({ claims: [], logPath: null });
    }
  });
});
