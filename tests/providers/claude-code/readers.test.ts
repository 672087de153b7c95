import { describe, expect, test } from "vitest";
import { hooks } from "../../../providers/claude-code/hooks.ts";
import { log } from "../../../providers/claude-code/log.ts";
import { statusFile } from "../../../providers/claude-code/status-file.ts";
import type { Claim, LogPlace } from "../../../src/provider/definition.ts";

type Opened = Extract<Claim, { kind: "dialog_opened" }>;

const common = { session_id: "s", transcript_path: "/t.jsonl", prompt_id: "p1" };

function opened(payload: Record<string, unknown>, memory: unknown = null): Opened {
  const { claims } = hooks.read("PermissionRequest", { ...common, ...payload }, memory);
  return claims[0] as Opened;
}

function decision(reply: string | null | undefined): Record<string, unknown> {
  const { hookSpecificOutput } = JSON.parse(reply ?? "") as {
    hookSpecificOutput: { hookEventName: string; decision: Record<string, unknown> };
  };
  expect(hookSpecificOutput.hookEventName).toBe("PermissionRequest");
  return hookSpecificOutput.decision;
}

const colours = {
  question: "Which colour?",
  header: "Colour",
  multiSelect: false,
  options: [
    { label: "red", description: "Take red." },
    { label: "blue", description: "Take blue." },
  ],
};
const sizes = { ...colours, question: "Which sizes?", header: "Size", multiSelect: true };

describe("a question's hook", () => {
  const input = { questions: [colours] };
  const asked = opened({ tool_name: "AskUserQuestion", tool_input: input });

  test("prints the chosen label together with what was asked", () => {
    expect(decision(asked.dialog.options[1]?.reply)).toEqual({
      behavior: "allow",
      updatedInput: { ...input, answers: { "Which colour?": "blue" } },
    });
  });

  test("prints an answer in any words", () => {
    const text = 'green, "if" you can\nor none';
    expect(decision(hooks.inWords?.(asked.inWords ?? "", text))).toEqual({
      behavior: "allow",
      updatedInput: { ...input, answers: { "Which colour?": text } },
    });
  });

  test("offers no single label for several questions, and takes a line for each", () => {
    const several = { questions: [colours, sizes] };
    const { dialog, inWords = "" } = opened({
      tool_name: "AskUserQuestion",
      tool_input: several,
    });
    expect(dialog).toMatchObject({ options: [], acceptsText: true });
    expect(dialog.text).toBe(
      "1. Which colour? (red / blue)\n\n2. Which sizes? (red / blue, several may be chosen)",
    );
    expect(decision(hooks.inWords?.(inWords, "blue\nred, blue"))["updatedInput"]).toEqual({
      ...several,
      answers: { "Which colour?": "blue", "Which sizes?": "red, blue" },
    });
    expect(decision(hooks.inWords?.(inWords, "you choose"))["updatedInput"]).toEqual({
      ...several,
      answers: { "Which colour?": "you choose", "Which sizes?": "you choose" },
    });
  });
});

describe("a plan's hook", () => {
  test("prints an input too, without which the agent ignores it", () => {
    const { dialog } = opened({ tool_name: "ExitPlanMode", tool_input: {} });
    expect(decision(dialog.options[0]?.reply)).toEqual({ behavior: "allow", updatedInput: {} });
    expect(dialog.options.map(({ role }) => role)).toEqual(["allow", "deny"]);
  });
});

describe("a permission request", () => {
  test("shows the whole of a long command, and the file that is written", () => {
    const command = `echo ${"x".repeat(300)}\nrm -rf build`;
    const shell = opened({ tool_name: "Bash", tool_input: { command, description: "Clean" } });
    expect(shell.dialog.text).toContain(command);
    const file = opened({
      tool_name: "Edit",
      tool_input: { file_path: "/repo/a.ts", old_string: "one\ntwo", new_string: "three" },
    });
    expect(file.dialog).toMatchObject({
      text: "Edit: /repo/a.ts\n- one\n- two\n+ three",
      subject: "/repo/a.ts",
    });
  });

  test("belongs to the call with the same input, of the same agent", () => {
    let memory: unknown = null;
    const call = (id: string, command: string, agent?: string): void => {
      const payload = { ...common, tool_name: "Bash", tool_input: { command }, tool_use_id: id };
      memory = hooks.read("PreToolUse", { ...payload, agent_id: agent }, memory).memory;
    };
    call("toolu_1", "ls");
    call("toolu_2", "rm -rf build");
    call("toolu_3", "ls", "a1");
    const request = (command: string, agent?: string): string =>
      opened({ tool_name: "Bash", tool_input: { command }, agent_id: agent }, memory).ref;
    expect([request("ls"), request("rm -rf build"), request("ls", "a1")]).toEqual([
      "toolu_1",
      "toolu_2",
      "toolu_3",
    ]);
  });

  test("without its call has a name of its own, the same for the same request", () => {
    const request = { tool_name: "Bash", tool_input: { command: "ls" } };
    expect(opened(request).ref).toBe(opened(request).ref);
    expect(opened(request).ref).not.toBe(opened({ ...request, prompt_id: "p2" }).ref);
  });

  test("of a subagent says so, while its tools are none of the session", () => {
    const payload = {
      ...common,
      tool_name: "Bash",
      tool_input: { command: "ls" },
      tool_use_id: "toolu_9",
      agent_id: "a1",
      agent_type: "general-purpose",
    };
    expect(hooks.read("PreToolUse", payload, null).claims).toEqual([]);
    expect(opened(payload).dialog.text).toContain("asked by the general-purpose agent");
    expect(hooks.read("UserPromptSubmit", { ...payload, prompt: "x" }, null).claims).toEqual([]);
  });
});

describe("a prompt", () => {
  const submit = (prompt: string, id: string, memory: unknown): ReturnType<typeof hooks.read> =>
    hooks.read("UserPromptSubmit", { ...common, prompt_id: id, prompt }, memory);

  test("that names the running one is queued, any other is taken", () => {
    const first = submit("one", "p1", null);
    expect(first.claims).toEqual([{ kind: "prompt_taken", text: "one", agentTurn: "p1" }]);
    const second = submit("two", "p1", first.memory);
    expect(second.claims).toEqual([{ kind: "prompt_queued", text: "two" }]);
    // an interrupt is told by no hook
    expect(submit("three", "p2", first.memory).claims).toEqual([
      { kind: "prompt_taken", text: "three", agentTurn: "p2" },
    ]);
  });

  test("that comes while the queue is worked off is queued, too", () => {
    const queued = submit("two", "p1", submit("one", "p1", null).memory);
    const stopped = hooks.read("Stop", { ...common, background_tasks: [] }, queued.memory);
    expect(submit("three", "p9", stopped.memory).claims).toEqual([
      { kind: "prompt_queued", text: "three" },
    ]);
  });

  test.each([
    "<task-notification>\n<task-id>b1</task-id>",
    "Your claude.ai usage limit has reset. Continue the task you were working on.",
  ])("that the agent gives itself is nobody's: %j", (prompt) => {
    expect(submit(prompt, "p1", null).claims).toMatchObject([{ kind: "prompt_taken", own: true }]);
  });
});

describe("the status file", () => {
  const path = statusFile.path;
  const place = {
    workPath: "/repo",
    agentSessionId: null,
    startedAt: 0,
    facts: { config: "/home/dev/.claude" },
    env: {},
  };

  test("is the one of the agent's own process", () => {
    expect(path({ ...place, pid: 4711 })).toBe("/home/dev/.claude/sessions/4711.json");
    expect(path({ ...place, pid: null })).toBeNull();
  });

  test("closes only dialogs that came up before its status changed", () => {
    const text = JSON.stringify({ status: "busy", statusUpdatedAt: 1_000, sessionId: "s" });
    const reading = statusFile.read(text, null);
    expect(reading.claims).toMatchObject([
      { kind: "dialog_closed", ref: null, openedBefore: 1_000 },
      { kind: "busy" },
    ]);
    // the same status, written for another reason
    expect(statusFile.read(text, reading.memory).claims).toEqual([]);
  });

  test("says nothing while somebody is waited for, before it has a status, or half written", () => {
    const read = (text: string): number => statusFile.read(text, null).claims.length;
    expect(read(`{"status":"waiting","waitingFor":"permission prompt"}`)).toBe(0);
    expect(read(`{"pid":4711}`)).toBe(0);
    expect(read(`{"status":"bu`)).toBe(0);
  });
});

describe("the log", () => {
  const line = (fields: object): string => JSON.stringify({ sessionId: "s", ...fields });

  test.each([
    ["a subagent's line", { type: "user", isSidechain: true, promptSource: "typed" }],
    ["a reminder", { type: "user", isMeta: true, message: { content: "<system-reminder>" } }],
    ["the output of a command", { type: "user", message: { content: "<bash-stdout>x" } }],
    ["another type", { type: "file-history-snapshot" }],
  ])("%s claims nothing", (_, fields) => {
    expect(log.read(line(fields), null).claims).toEqual([]);
  });

  test("half a line claims nothing and is of no conversation", () => {
    expect(log.read(`{"type":"user","mess`, null)).toEqual({
      claims: [],
      memory: { turn: null, calls: {} },
      conversation: null,
    });
  });

  test("a model call is counted once, however many lines it has", () => {
    const answer = (id: string, text: string): string =>
      line({
        type: "assistant",
        uuid: text,
        message: {
          id,
          content: [{ type: "text", text }],
          usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 100 },
        },
      });
    let memory: unknown = null;
    let tokens: unknown;
    for (const text of [answer("m1", "a"), answer("m1", "b"), answer("m2", "c")]) {
      const reading = log.read(text, memory);
      memory = reading.memory;
      tokens = reading.claims.find(({ kind }) => kind === "usage");
    }
    expect(tokens).toEqual({
      kind: "usage",
      agentTurn: null,
      tokens: { input: 220, output: 10, cached: 200, cacheWritten: 0 },
    });
  });

  test("is found once it is there", async () => {
    const at = (names: readonly string[]): LogPlace => ({
      workPath: "/repo",
      agentSessionId: "s",
      pid: 4711,
      startedAt: 0,
      facts: { log: "/home/dev/.claude/projects/-repo/s.jsonl" },
      env: {},
      list: (folder) =>
        Promise.resolve(
          folder === "/home/dev/.claude/projects/-repo"
            ? names.map((name) => ({ name, mtimeMs: 0 }))
            : [],
        ),
      read: () => Promise.resolve(undefined),
      openFiles: () => Promise.resolve([]),
    });
    expect(await log.find(at([]))).toBeNull();
    expect(await log.find(at(["other.jsonl", "s.jsonl"]))).toBe(
      "/home/dev/.claude/projects/-repo/s.jsonl",
    );
  });
});
