import { describe, expect, test } from "vitest";
import type { Claim } from "../../../src/provider/definition.ts";
import { readHook, readLine, replay } from "./recordings.ts";

function opened(claims: readonly Claim[]): Extract<Claim, { kind: "dialog_opened" }>[] {
  return claims.flatMap((claim) => (claim.kind === "dialog_opened" ? [claim] : []));
}

function kinds(claims: readonly Claim[]): string[] {
  return claims.map(({ kind }) => kind);
}

describe("hooks and log together lead through", () => {
  test.each([
    ["argument", ["running", "idle"]],
    ["completed", ["running", "idle"]],
    ["approved", ["running", "awaiting_approval", "running", "idle"]],
    ["always", ["running", "awaiting_approval", "running", "idle"]],
    ["unasked", ["running", "idle"]],
    ["denied", ["running", "awaiting_approval", "running", "idle"]],
    ["denied-again", ["running", "awaiting_approval", "idle"]],
    ["path", ["running", "awaiting_approval", "running", "idle"]],
    ["edit", ["running", "awaiting_approval", "running", "idle"]],
    ["two", ["running", "awaiting_approval", "running", "idle"]],
    ["question", ["running", "awaiting_input", "running", "idle"]],
    ["form", ["running", "awaiting_input", "running", "idle"]],
    ["interrupted", ["running", "idle"]],
    ["limited", ["running", "limited"]],
    ["refused-401", ["running", "idle"]],
    ["failed-500", ["running", "idle"]],
    ["busy-429", ["running", "idle"]],
    ["cut", ["running", "idle"]],
    ["recovered", ["running", "idle"]],
  ])("%s: its states", (name, states) => {
    const seen = replay(name);

    expect(seen.states).toEqual(["starting", ...states]);
    expect(seen.play.view.prompts).toEqual([]);
  });
});

describe("a turn", () => {
  test("ends as the log says, with its result, its tokens and both witnesses of its prompt", () => {
    const [turn] = replay("approved").play.view.turns;

    expect(turn).toMatchObject({
      state: "completed",
      result: "tool approved",
      takenBy: ["hook", "log"],
      endedBy: ["log"],
    });
    // two calls of the model, each with its own count
    expect(turn?.tokens?.output).toBeGreaterThan(1);
  });

  test("is known from the log alone", () => {
    const { play } = replay("completed", ["log"]);
    expect(play.view.turns).toMatchObject([{ author: "person", state: "completed" }]);
    expect(play.view.turns[0]?.result).toMatch(/^word1 .* word16$/);
  });

  test.each(["interrupted", "denied", "denied-again"])("of %s is interrupted", (name) => {
    expect(replay(name).play.view.turns).toMatchObject([{ state: "interrupted" }]);
  });

  test.each([
    ["refused-401", /401|uthenti/],
    ["failed-500", /500 Mock refusal/],
    ["busy-429", /429 Mock refusal/],
    ["cut", /unexpected EOF/],
  ])("of the recording %s fails in the agent's own words", (name, error) => {
    const { play, claims } = replay(name);

    expect(play.view.turns).toMatchObject([{ state: "failed" }]);
    expect(play.view.turns[0]?.error).toMatch(error);
    expect(kinds(claims)).not.toContain("limit_hit");
    expect(kinds(claims).includes("limit_warning")).toBe(name === "busy-429");
  });

  test("that a service refuses for a moment goes on", () => {
    expect(replay("recovered").play.view.turns).toMatchObject([
      { state: "completed", result: "recovered" },
    ]);
  });

  test("that was typed while another ran follows it", () => {
    const { turns } = replay("queued").play.view;
    expect(turns.map(({ state, result }) => [state, result?.split(" ", 2).join(" ")])).toEqual([
      ["completed", "word1 word2"],
      ["completed", "third text"],
    ]);
  });

  test("that the agent opens itself, when its shell in the background is done, is its own", () => {
    const { turns } = replay("background").play.view;
    expect(turns.at(-1)).toMatchObject({ author: "agent", state: "completed" });
    expect(turns.filter(({ author }) => author === "agent")).toHaveLength(1);
  });

  test("of a subagent moves nothing", () => {
    const line = (type: string, data: object): string => JSON.stringify({ type, data });
    const inner = { parentToolCallId: "call_1", content: "inner", toolRequests: [] };
    const message = readLine(line("assistant.message", inner));
    const end = readLine(
      line("assistant.turn_end", { parentToolCallId: "call_1" }),
      message.memory,
    );

    expect([...message.claims, ...end.claims]).toEqual([]);
  });
});

describe("a limit", () => {
  const error = (message: string, fields: object = {}): string =>
    JSON.stringify({
      type: "session.error",
      timestamp: "2026-11-21T12:00:00.000Z",
      data: { errorType: "rate_limit", statusCode: 429, message, ...fields },
    });
  const noon = Date.UTC(2026, 10, 21, 12);

  test("that the service names a far time for is hit until then", () => {
    const { claims, play } = replay("limited");
    const hit = claims.find((claim) => claim.kind === "limit_hit");

    expect(play.view.turns).toMatchObject([{ state: "limited" }]);
    expect(hit?.message).toMatch(/Usage limit reached/);
    expect(hit?.resetsAt).toBeGreaterThan(0);
  });

  test.each([
    ["Please try again in 51 hours. Please review our Terms.", noon + 51 * 3_600_000],
    ["You've hit your global rate limit. Please wait 6 seconds for your limit", noon + 6_000],
    [
      "Please wait for your limit to reset on April 20, 2027 at 2:00 AM or switch",
      new Date(2027, 3, 20, 2).getTime(),
    ],
    ["429 Usage limit reached. Please try again later.", null],
  ])("%j", (message, resetsAt) => {
    expect(readLine(error(message)).claims[0]).toMatchObject({ kind: "limit_hit", resetsAt });
  });

  test("that the agent tried to sit out is only warned of", () => {
    const { claims } = readLine(error("Failed; retried 5 times (30 seconds) Last error: 429"));
    expect(kinds(claims)).toEqual(["limit_warning", "turn_ended"]);
    expect(claims[1]).toMatchObject({ outcome: "failed" });
  });
});

describe("a dialog", () => {
  test("about a command has the id of its call and names the command", () => {
    const { claims } = replay("approved");
    const [dialog] = opened(claims);
    const started = claims.find((claim) => claim.kind === "tool_started");

    expect(dialog?.ref).toBe(started?.callId);
    expect(dialog?.dialog).toMatchObject({
      kind: "approval",
      subject: "echo hi > a1.txt",
      text: "Run a command\necho hi > a1.txt",
    });
  });

  test("about a file names it and what would be written", () => {
    const [dialog] = opened(replay("edit").claims);
    expect(dialog?.dialog.subject).toBe("/home/dev/project/notes.txt");
    expect(dialog?.dialog.text).toContain("first\nsecond");
  });

  test("of each of two calls is one of its own", () => {
    const ids = opened(replay("two").claims).map(({ ref }) => ref);
    expect(new Set(ids).size).toBe(2);
  });

  test("with a question has its values as options, a form of more fields has none", () => {
    const [question] = opened(replay("question").claims);
    const [form] = opened(replay("form").claims);

    expect(question?.dialog).toMatchObject({ kind: "question", text: "Which colour?" });
    expect(question?.dialog.options.map(({ label }) => label)).toEqual(["red", "blue"]);
    expect(form?.dialog).toMatchObject({ text: "Two things?\ncolour, size", options: [] });
  });
});

describe("a piece of a channel", () => {
  test.each(["", "{", "[]", "null", '{"type":5}', '{"type":"session.error"', '{"data":[]}'])(
    "that is no line of the log claims nothing: %s",
    (line) => {
      expect(readLine(line).claims).toEqual([]);
    },
  );

  test.each([null, 5, [], "x", {}, { sessionId: 7 }])(
    "that is no payload claims nothing: %j",
    (payload) => {
      for (const event of ["sessionStart", "userPromptSubmitted", "agentStop", "noSuchEvent"]) {
        expect(readHook(event, payload)).toMatchObject({ claims: [], logPath: null });
      }
    },
  );

  test("of the log says when it was written and to which conversation it belongs", () => {
    const head = readLine(JSON.stringify({ type: "session.start", data: { sessionId: "s" } }));
    const line = { type: "x", timestamp: "2026-11-21T12:00:00.500Z", data: {} };
    const reading = readLine(JSON.stringify(line), head.memory);

    expect(reading.at).toBe(Date.UTC(2026, 10, 21, 12, 0, 0, 500));
    expect(reading.conversation).toBe("s");
    expect(readLine("{}").at).toBeUndefined();
  });

  test("of a stop names the log, so that a conversation begun anew is followed", () => {
    const payload = { sessionId: "s", transcriptPath: "/home/dev/.copilot/x/events.jsonl" };
    expect(readHook("agentStop", payload)).toMatchObject({
      claims: [],
      conversation: "s",
      logPath: "/home/dev/.copilot/x/events.jsonl",
    });
  });

  test("with a hidden message of a skill takes no prompt", () => {
    const data = { content: "how to read a PDF", source: "skill-pdf", interactionId: "i" };
    expect(readLine(JSON.stringify({ type: "user.message", data })).claims).toEqual([]);
  });
});
