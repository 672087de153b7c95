import { describe, expect, test } from "vitest";
import { hooks } from "../../../providers/cursor-cli/hooks.ts";
import { log } from "../../../providers/cursor-cli/log.ts";
import type { Claim, LogPlace, Reading } from "../../../src/provider/definition.ts";

const conversation = "0b1c2d3e-0000-4000-8000-000000000001";

/** What is told of payloads that come one after the other, in the form the documentation shows. */
function heard(...told: readonly (readonly [string, object])[]): readonly Claim[] {
  let memory: unknown = null;
  return told.flatMap(([event, payload]) => {
    const all = { conversation_id: conversation, hook_event_name: event, ...payload };
    const reading: Reading = hooks.read(event, all, memory);
    expect(reading.conversation).toBe(conversation);
    memory = JSON.parse(JSON.stringify(reading.memory)) as unknown;
    return reading.claims;
  });
}

function logged(...lines: readonly (object | string)[]): readonly Claim[] {
  let memory: unknown = null;
  return lines.flatMap((line) => {
    const reading = log.read(typeof line === "string" ? line : JSON.stringify(line), memory);
    memory = JSON.parse(JSON.stringify(reading.memory)) as unknown;
    return reading.claims;
  });
}

describe("the hooks", () => {
  test("tell a turn from its prompt to its answer", () => {
    expect(
      heard(
        ["sessionStart", {}],
        ["beforeSubmitPrompt", { prompt: "say hi", generation_id: "g1" }],
        [
          "preToolUse",
          { tool_name: "Shell", tool_input: { command: "echo hi" }, tool_use_id: "t1" },
        ],
        ["postToolUse", { tool_name: "Shell", tool_use_id: "t1" }],
        ["afterAgentResponse", { text: "hi" }],
        ["stop", { status: "completed", generation_id: "g1", loop_count: 0 }],
      ),
    ).toEqual([
      { kind: "agent_identified", agentSessionId: conversation },
      { kind: "prompt_taken", text: "say hi", agentTurn: "g1" },
      { kind: "tool_started", callId: "t1", name: "Shell", detail: "echo hi" },
      { kind: "tool_finished", callId: "t1", ok: true },
      { kind: "turn_ended", outcome: "completed", agentTurn: "g1", result: "hi", error: null },
    ]);
  });

  test.each([
    ["aborted", "interrupted", null],
    ["error", "failed", "the agent stopped on an error"],
  ])("tell that a turn was %s", (status, outcome, error) => {
    expect(heard(["stop", { status }])).toEqual([
      { kind: "turn_ended", outcome, agentTurn: null, result: null, error },
    ]);
  });

  test("tell no end by a status they do not know, and a turn not by the conversation's own id", () => {
    expect(heard(["stop", { status: "paused" }], ["somethingNew", {}])).toEqual([]);
    expect(heard(["beforeSubmitPrompt", { prompt: "x", generation_id: conversation }])).toEqual([
      { kind: "prompt_taken", text: "x", agentTurn: null },
    ]);
  });

  test("say where the transcript lies, where they do", () => {
    const reading = hooks.read("stop", { status: "completed", transcript_path: "/t.jsonl" }, null);
    expect(reading.logPath).toBe("/t.jsonl");
    expect(hooks.read("stop", { status: "x", transcript_path: null }, null).logPath).toBeNull();
  });
});

describe("the transcript", () => {
  const text = (role: string, words: string): object => ({
    role,
    message: { content: [{ type: "text", text: words }] },
  });

  test("tells prompts as they were typed, and the last answer", () => {
    expect(
      logged(
        text("user", "<user_query>\nsay hi\n</user_query>"),
        text("assistant", "let me see"),
        { role: "assistant", message: { content: [{ type: "tool_use", name: "Shell" }] } },
        text("assistant", "hi"),
        { type: "turn_ended", status: "success" },
      ),
    ).toEqual([
      { kind: "prompt_taken", text: "say hi", agentTurn: null },
      { kind: "turn_ended", outcome: "completed", agentTurn: null, result: "hi", error: null },
    ]);
  });

  test.each([
    ["aborted", "interrupted"],
    ["cancelled", "interrupted"],
    ["error", "failed"],
  ])("tells the end %j as %s", (status, outcome) => {
    expect(logged({ type: "turn_ended", status })).toMatchObject([{ outcome, result: null }]);
  });

  test("tells nothing by half a line or one of another form", () => {
    expect(logged('{"role":"user","mess', "[]", "", { role: "system" }, { type: "new" })).toEqual(
      [],
    );
  });

  const place = (files: Readonly<Record<string, readonly string[]>>): LogPlace => ({
    workPath: "/home/dev/project",
    agentSessionId: conversation,
    pid: null,
    startedAt: 0,
    facts: { transcripts: "/t" },
    env: {},
    list: (folder) => Promise.resolve((files[folder] ?? []).map((name) => ({ name, mtimeMs: 1 }))),
    read: () => Promise.resolve(undefined),
    openFiles: () => Promise.resolve([]),
  });

  test("is the file of the conversation's own name, in its folder or beside others", async () => {
    const name = `${conversation}.jsonl`;
    expect(await log.find(place({ [`/t/${conversation}`]: [name] }))).toBe(
      `/t/${conversation}/${name}`,
    );
    expect(await log.find(place({ "/t": ["other.jsonl", name] }))).toBe(`/t/${name}`);
    expect(await log.find(place({ "/t": ["other.jsonl"] }))).toBeNull();
    expect(await log.find({ ...place({}), agentSessionId: null })).toBeNull();
  });
});
