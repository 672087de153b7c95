import { sumCalls, type Claim, type LogReader } from "../../src/provider/definition.ts";
import { readPermission, readQuestion } from "./dialogs.ts";
import { fieldsOf, listOf, numberOf, parseFields, textOf, type Fields } from "./fields.ts";
import { isRefusedForLimit, isSpent, resetOf } from "./limits.ts";
import { isOwnPrompt } from "./own-prompts.ts";
import { readSnapshots } from "./quota.ts";
import { briefOf } from "./tool-brief.ts";

/**
 * What the reader carries from line to line.
 * - `conversation`: named by the first line of the file alone.
 * - `turn`: the prompt the agent works on, by the agent's own name for it; null between turns.
 * - `answer`: the last message of it, when it asks for no tool: then the model is done.
 */
interface Memory {
  readonly conversation: string | null;
  readonly turn: string | null;
  readonly answer: string | null;
  /** What the calls of the model have spent since the prompt, by model. */
  readonly spent: Readonly<Record<string, Call>>;
}

type Call = readonly [input: number, output: number, cached: number, cacheWritten: number];

interface Read {
  readonly claims: readonly Claim[];
  readonly after?: Partial<Memory>;
}

const nothing: Read = { claims: [] };
const noCalls = {};
const question = "ask_user";

/** The agent's events: JSON lines `{type, data, id, timestamp}`, written 20 to 200 ms later. */
export const log: LogReader = {
  find: async ({ agentSessionId, facts, list }) => {
    if (agentSessionId === null) return null;
    const folder = `${facts["home"] ?? ""}/session-state/${agentSessionId}`;
    const files = await list(folder);
    return files.some(({ name }) => name === "events.jsonl") ? `${folder}/events.jsonl` : null;
  },
  read: (line, memory) => {
    const entry = parseFields(line);
    const before = recall(memory);
    const at = Date.parse(textOf(entry, "timestamp") ?? "");
    const { claims, after } = read(entry, { before, at });
    const next = { ...before, ...after };
    return {
      claims,
      memory: next,
      conversation: next.conversation,
      ...(Number.isNaN(at) ? {} : { at }),
    };
  },
};

interface Context {
  readonly before: Memory;
  /** When the line was written, epoch ms. */
  readonly at: number;
}

function read(entry: Fields, { before, at }: Context): Read {
  const data = fieldsOf(entry["data"]);
  const ref = textOf(entry, "id") ?? "";
  // a subagent writes into the same file and names the call that it works for
  const isMain = textOf(data, "parentToolCallId") === null && textOf(entry, "agentId") === null;
  switch (textOf(entry, "type")) {
    case "session.start":
      return { claims: [], after: { conversation: textOf(data, "sessionId") } };
    case "session.resume":
      // a turn of the process before never ended
      return { claims: [], after: { turn: null, answer: null } };
    case "user.message":
      return isMain ? readPrompt(data, ref) : nothing;
    case "system.notification":
      return readNotification(data, before);
    case "assistant.turn_start":
      return isMain ? { claims: [], after: { answer: null } } : nothing;
    case "assistant.message":
      return isMain ? readMessage(data, ref) : nothing;
    case "assistant.turn_end":
      return isMain ? readStepEnd(before) : nothing;
    case "tool.execution_start":
      return { claims: readCall(data) };
    case "tool.execution_complete":
      return { claims: readResult(data, ref) };
    case "permission.requested":
      return { claims: readRequest(data) };
    case "permission.completed":
      return { claims: closed(data, textOf(fieldsOf(data["result"]), "kind") ?? "answered") };
    case "human_response.recorded":
      return { claims: closed(data, "the question was answered") };
    case "session.usage_record":
      return readUsage(fieldsOf(data["usage"]), before);
    case "session.error":
      return { claims: readError(data, { before, at }), after: { turn: null, answer: null } };
    case "abort":
      return {
        claims: [ended("interrupted", before, null)],
        after: { turn: null, answer: null },
      };
    default:
      return nothing;
  }
}

/** Hidden messages, such as a skill's text, name where they come from. */
function readPrompt(data: Fields, ref: string): Read {
  const text = textOf(data, "content") ?? "";
  if (textOf(data, "source") !== null) return nothing;
  const turn = textOf(data, "interactionId");
  return {
    claims: [
      { kind: "prompt_taken", text, agentTurn: turn },
      { kind: "message", role: "user", text, ref },
    ],
    after: { turn, answer: null, spent: noCalls },
  };
}

/** The agent wakes itself when something in the background is done. */
function readNotification(data: Fields, before: Memory): Read {
  const text = textOf(data, "content") ?? "";
  if (!isOwnPrompt(text)) return nothing;
  const idle = before.turn === null;
  return {
    claims: [{ kind: "prompt_taken", text, agentTurn: null, own: true }],
    after: idle ? { answer: null, spent: noCalls } : {},
  };
}

function readMessage(data: Fields, ref: string): Read {
  const text = textOf(data, "content") ?? "";
  const goesOn = listOf(data, "toolRequests").length > 0;
  return {
    claims: text === "" ? [] : [{ kind: "message", role: "assistant", text, ref }],
    after: { answer: goesOn ? null : text },
  };
}

/** One call of the model is over; its turn is, too, when it asked for no tool. */
function readStepEnd(before: Memory): Read {
  if (before.answer === null) return nothing;
  const end: Claim = {
    kind: "turn_ended",
    outcome: "completed",
    agentTurn: before.turn,
    result: before.answer,
    error: null,
  };
  return { claims: [end], after: { turn: null, answer: null } };
}

function readCall(data: Fields): readonly Claim[] {
  const callId = textOf(data, "toolCallId");
  if (callId === null) return [];
  const name = textOf(data, "toolName") ?? "";
  const input = fieldsOf(data["arguments"]);
  const started: Claim = { kind: "tool_started", callId, name, detail: briefOf(name, input) };
  if (name !== question) return [started];
  return [
    started,
    { kind: "dialog_opened", ref: callId, dialog: readQuestion(input), channel: null },
  ];
}

function readResult(data: Fields, ref: string): readonly Claim[] {
  const callId = textOf(data, "toolCallId");
  if (callId === null) return [];
  const result = fieldsOf(data["result"]);
  const text = textOf(result, "content") ?? textOf(fieldsOf(data["error"]), "message") ?? "";
  const finished: Claim = { kind: "tool_finished", callId, ok: data["success"] === true };
  return [
    finished,
    ...(text === "" ? [] : [{ kind: "message" as const, role: "tool" as const, text, ref }]),
  ];
}

/** Requests that a rule answered are written as well; nobody is asked then. */
function readRequest(data: Fields): readonly Claim[] {
  const request = fieldsOf(data["permissionRequest"]);
  if (data["resolvedByHook"] === true) return [];
  const ref = textOf(request, "toolCallId") ?? textOf(data, "requestId") ?? "";
  return [{ kind: "dialog_opened", ref, dialog: readPermission(request), channel: null }];
}

function closed(data: Fields, how: string): readonly Claim[] {
  const ref = textOf(data, "toolCallId") ?? textOf(data, "requestId");
  return ref === null ? [] : [{ kind: "dialog_closed", ref, how }];
}

/** Each call of the model tells its own tokens; those of a turn are their sum. */
function readUsage(usage: Fields, before: Memory): Read {
  const count = (name: string): number => numberOf(usage, name) ?? 0;
  const model = textOf(usage, "model") ?? "";
  const [input, output, cached, cacheWritten] = before.spent[model] ?? [0, 0, 0, 0];
  const call: Call = [
    input + count("inputTokens"),
    output + count("outputTokens"),
    cached + count("cacheReadTokens"),
    cacheWritten + count("cacheWriteTokens"),
  ];
  const spent = { ...before.spent, [model]: call };
  return {
    claims: [
      { kind: "usage", tokens: sumCalls(callsOf(spent)), agentTurn: before.turn },
      ...readSnapshots(usage),
    ],
    after: { spent },
  };
}

function callsOf(spent: Memory["spent"]): Parameters<typeof sumCalls>[0] {
  return Object.entries(spent).map(([model, [input, output, cached, cacheWritten]]) => ({
    input,
    output,
    cached,
    cacheWritten,
    model: model === "" ? null : model,
  }));
}

/** The agent gave up; what it tries again is not written here. */
function readError(error: Fields, { before, at }: Context): readonly Claim[] {
  const why = textOf(error, "message") ?? textOf(error, "errorType") ?? "the agent failed";
  if (isSpent(error)) {
    const resetsAt = resetOf(why, Number.isNaN(at) ? 0 : at);
    const known = Number.isNaN(at) ? null : resetsAt;
    return [{ kind: "limit_hit", resetsAt: known, message: why }, ended("limited", before, why)];
  }
  const warning: Claim[] = isRefusedForLimit(error)
    ? [{ kind: "limit_warning", message: why }]
    : [];
  return [...warning, ended("failed", before, why)];
}

function ended(
  outcome: "interrupted" | "failed" | "limited",
  { turn }: Memory,
  error: string | null,
): Claim {
  return { kind: "turn_ended", outcome, agentTurn: turn, result: null, error };
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    conversation: textOf(fields, "conversation"),
    turn: textOf(fields, "turn"),
    answer: textOf(fields, "answer"),
    spent: fieldsOf(fields["spent"]) as Memory["spent"],
  };
}
