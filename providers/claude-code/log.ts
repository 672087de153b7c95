import type { Claim, LogReader } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, numberOf, parseFields, textOf, type Fields } from "./fields.ts";
import { readSpent } from "./quota.ts";
import { readCall, usageOf, type Call } from "./tokens.ts";
import { briefOf } from "./tool-brief.ts";

/**
 * What the reader carries from line to line: the prompt the agent works on, and the tokens of each
 * model call of its turn, whose lines repeat them.
 */
interface Memory {
  readonly turn: string | null;
  readonly calls: Readonly<Record<string, Call>>;
}

interface Read {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

/** The agent's transcript: JSON lines, written every 0.1 s, each naming its conversation. */
export const log: LogReader = {
  find: async ({ facts, list }) => {
    const path = facts["log"] ?? "";
    const at = path.lastIndexOf("/");
    const files = at < 0 ? [] : await list(path.slice(0, at));
    return files.some((file) => file.name === path.slice(at + 1)) ? path : null;
  },
  read: (line, memory) => {
    const fields = parseFields(line);
    const before = recall(memory);
    const { claims, after } =
      fields["isSidechain"] === true ? readSide(fields, before) : read(fields, before);
    const at = Date.parse(textOf(fields, "timestamp") ?? "");
    return {
      claims,
      memory: after,
      conversation: textOf(fields, "sessionId"),
      ...(Number.isNaN(at) ? {} : { at }),
    };
  },
};

function read(fields: Fields, before: Memory): Read {
  switch (textOf(fields, "type")) {
    case "user":
      return readUser(fields, before);
    case "assistant":
      return fields["isApiErrorMessage"] === true
        ? { claims: readError(fields, before), after: before }
        : readAssistant(fields, before);
    case "system":
      return { claims: readSystem(fields, before), after: before };
    case "queue-operation":
      return { claims: readQueue(fields), after: before };
    case "attachment":
      return { claims: readAbsorbed(fieldsOf(fields["attachment"]), before), after: before };
    default:
      return { claims: [], after: before };
  }
}

/** What a subagent says is not the answer, and what it spends is spent all the same. */
function readSide(fields: Fields, before: Memory): Read {
  if (textOf(fields, "type") !== "assistant") return { claims: [], after: before };
  return countCall(fields, before);
}

function countCall(fields: Fields, before: Memory): Read {
  const { id, call } = readCall(fields);
  const calls = { ...before.calls, [id]: call };
  const tokens = usageOf(Object.values(calls));
  return {
    claims: [{ kind: "usage", tokens, agentTurn: before.turn }],
    after: { ...before, calls },
  };
}

function readUser(fields: Fields, before: Memory): Read {
  const content = fieldsOf(fields["message"])["content"];
  const ref = textOf(fields, "uuid") ?? "";
  if (typeof content === "string") return readPrompt(fields, content, before);
  const blocks = Array.isArray(content) ? content.map(fieldsOf) : [];
  const interrupted = blocks.some((block) =>
    textOf(block, "text")?.startsWith("[Request interrupted by user"),
  );
  if (interrupted) {
    return { claims: [turnEnded("interrupted", before.turn, null)], after: before };
  }
  const text = textsOf(blocks);
  if (text !== "") return readPrompt(fields, text, before);
  return {
    claims: blocks
      .filter((block) => textOf(block, "type") === "tool_result")
      .flatMap((block, index) => readResult(block, `${ref}:${index}`)),
    after: before,
  };
}

/**
 * Prompts say where they come from; command output, reminders and summaries do not. What the agent
 * tells itself is heard from its hooks, in time to tell a new turn from one that goes on.
 */
function readPrompt(fields: Fields, text: string, before: Memory): Read {
  const source = textOf(fields, "promptSource");
  const turn = textOf(fields, "promptId") ?? before.turn;
  if (source === null) return { claims: [], after: before };
  const after = { turn, calls: {} };
  const isHuman = textOf(fieldsOf(fields["origin"]), "kind") === "human";
  if (!isHuman || source === "system") return { claims: [], after };
  const ref = textOf(fields, "uuid") ?? "";
  return {
    claims: [
      { kind: "prompt_taken", text, agentTurn: turn },
      { kind: "message", role: "user", text, ref },
    ],
    after,
  };
}

function readResult(block: Fields, ref: string): readonly Claim[] {
  const callId = textOf(block, "tool_use_id") ?? "";
  const { content } = block;
  const text =
    typeof content === "string" ? content : textsOf(listOf(block, "content").map(fieldsOf));
  return [
    { kind: "tool_finished", callId, ok: block["is_error"] !== true },
    ...(text === "" ? [] : [{ kind: "message" as const, role: "tool" as const, text, ref }]),
  ];
}

function readAssistant(fields: Fields, before: Memory): Read {
  const message = fieldsOf(fields["message"]);
  const blocks = listOf(message, "content").map(fieldsOf);
  const ref = textOf(fields, "uuid") ?? "";
  const text = textsOf(blocks);
  const spent = countCall(fields, before);
  const started = blocks
    .filter((block) => textOf(block, "type") === "tool_use")
    .map((block): Claim => {
      const name = textOf(block, "name") ?? "";
      const detail = briefOf(name, fieldsOf(block["input"]));
      return { kind: "tool_started", callId: textOf(block, "id") ?? "", name, detail };
    });
  return {
    claims: [
      ...(text === "" ? [] : [{ kind: "message" as const, role: "assistant" as const, text, ref }]),
      ...started,
      ...spent.claims,
    ],
    after: spent.after,
  };
}

/** What stands in place of an answer when the service refused; the agent has given up trying. */
function readError(fields: Fields, before: Memory): readonly Claim[] {
  const error =
    textsOf(listOf(fieldsOf(fields["message"]), "content").map(fieldsOf)) ||
    (textOf(fields, "error") ?? "the service refused");
  if (textOf(fields, "apiError") !== "usage_limit_reached") {
    return [turnEnded("failed", before.turn, error)];
  }
  const quotaLimits = fieldsOf(fields["quotaLimits"]);
  const resetsAtS = numberOf(quotaLimits, "resetsAt");
  return [
    ...readSpent(quotaLimits),
    {
      kind: "limit_hit",
      resetsAt: resetsAtS === null ? null : resetsAtS * 1_000,
      message: error,
    },
    turnEnded("limited", before.turn, error),
  ];
}

/** The line with which the agent closes a turn; subagents that still work keep it open. */
function readSystem(fields: Fields, before: Memory): readonly Claim[] {
  if (textOf(fields, "subtype") !== "turn_duration") return [];
  const goesOn = (numberOf(fields, "pendingBackgroundAgentCount") ?? 0) > 0;
  return goesOn ? [] : [turnEnded("completed", before.turn, null)];
}

function readQueue(fields: Fields): readonly Claim[] {
  const text = textOf(fields, "content") ?? "";
  const isPrompt = textOf(fields, "operation") === "enqueue" && !text.startsWith("<");
  return isPrompt ? [{ kind: "prompt_queued", text }] : [];
}

/** A queued prompt that the agent took into the running turn. */
function readAbsorbed(attachment: Fields, before: Memory): readonly Claim[] {
  if (textOf(attachment, "type") !== "queued_command") return [];
  if (textOf(fieldsOf(attachment["origin"]), "kind") !== "human") return [];
  const text = textOf(attachment, "prompt") ?? "";
  return text === "" ? [] : [{ kind: "prompt_taken", text, agentTurn: before.turn }];
}

function turnEnded(
  outcome: "completed" | "interrupted" | "failed" | "limited",
  agentTurn: string | null,
  error: string | null,
): Claim {
  return { kind: "turn_ended", outcome, agentTurn, result: null, error };
}

function textsOf(blocks: readonly Fields[]): string {
  return blocks
    .filter((block) => textOf(block, "type") === "text")
    .map((block) => textOf(block, "text") ?? "")
    .join("\n");
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    turn: textOf(fields, "turn"),
    calls: fieldsOf(fields["calls"]) as Memory["calls"],
  };
}
