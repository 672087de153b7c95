import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { answerInWords, readPermission } from "./permission.ts";
import { readRateLimits } from "./quota.ts";
import { quotaEvent } from "./status-line.ts";
import { briefOf } from "./tool-brief.ts";

/**
 * What the reader carries from one payload to the next.
 * - `turn`: the prompt the agent works on; `unknown` while it works on prompts from its queue,
 *   which no hook announces.
 * - `queued`: prompts it put into its queue since.
 * - `calls`: the last tool calls, since a permission request does not name its call.
 */
interface Memory {
  readonly turn: string | null;
  readonly queued: number;
  readonly calls: readonly Call[];
}

interface Call {
  readonly id: string;
  readonly tool: string;
  readonly agent: string | null;
  readonly input: string;
}

const unknown = "unknown";
const keptCalls = 16;

/** What the agent's hooks say. Every payload names its conversation and, mostly, its prompt. */
export const hooks: HookReader = {
  answers: ["approval", "question", "plan"],
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    const before = recall(memory);
    const { claims, after } = read(event, fields, before);
    return {
      claims,
      memory: after,
      conversation: textOf(fields, "session_id"),
      logPath: textOf(fields, "transcript_path"),
    };
  },
  inWords: answerInWords,
};

interface Read {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

function read(event: string, fields: Fields, before: Memory): Read {
  const told = (...claims: readonly Claim[]): Read => ({ claims, after: before });
  // subagents report through the same hooks; only their dialogs are the session's own
  const isMain = textOf(fields, "agent_id") === null;
  const callId = textOf(fields, "tool_use_id") ?? "";
  switch (event) {
    case "SessionStart": {
      const id = textOf(fields, "session_id");
      return id === null
        ? told()
        : {
            claims: [{ kind: "agent_identified", agentSessionId: id }],
            after: { ...before, turn: null, queued: 0 },
          };
    }
    case "UserPromptSubmit":
      return isMain ? readPrompt(fields, before) : told();
    case "PreToolUse": {
      const tool = textOf(fields, "tool_name") ?? "";
      const input = fieldsOf(fields["tool_input"]);
      const call: Call = {
        id: callId,
        tool,
        agent: textOf(fields, "agent_id"),
        input: digest(input),
      };
      const calls = [...before.calls, call].slice(-keptCalls);
      const turn = isMain ? (textOf(fields, "prompt_id") ?? before.turn) : before.turn;
      const started: Claim = {
        kind: "tool_started",
        callId,
        name: tool,
        detail: briefOf(tool, input),
      };
      return { claims: isMain ? [started] : [], after: { ...before, turn, calls } };
    }
    case "PermissionRequest": {
      const call = findCall(fields, before.calls);
      const opened = readPermission(fields, call?.id ?? permissionRef(fields));
      const calls = before.calls.filter((one) => one !== call);
      return { claims: [opened], after: { ...before, calls } };
    }
    case "PostToolUse":
    case "PostToolUseFailure":
      return {
        claims: [{ kind: "tool_finished", callId, ok: event === "PostToolUse" }],
        after: { ...before, calls: before.calls.filter(({ id }) => id !== callId) },
      };
    case "Stop":
      return { claims: readStop(fields), after: ended(before) };
    case "StopFailure":
      return { claims: readFailure(fields), after: ended(before) };
    case quotaEvent:
      return told(...readRateLimits(fields));
    default:
      return told();
  }
}

/** A prompt that the agent takes, or puts into its queue: then it names the running one. */
function readPrompt(fields: Fields, before: Memory): Read {
  const text = textOf(fields, "prompt") ?? "";
  const id = textOf(fields, "prompt_id");
  const isQueued = before.turn !== null && (before.turn === unknown || before.turn === id);
  if (isOwn(text)) {
    return {
      claims: [{ kind: "prompt_taken", text, agentTurn: id, own: true }],
      after: { ...before, turn: id },
    };
  }
  if (isQueued) {
    return {
      claims: [{ kind: "prompt_queued", text }],
      after: { ...before, turn: id, queued: before.queued + 1 },
    };
  }
  return {
    claims: [{ kind: "prompt_taken", text, agentTurn: id }],
    after: { ...before, turn: id, queued: 0 },
  };
}

/** What the agent tells itself: a background job reports, the usage limit was lifted. */
function isOwn(prompt: string): boolean {
  return /^\s*<task-notification>|^Your claude\.ai usage limit has reset\./.test(prompt);
}

/**
 * The agent stopped. While subagents of it still work it goes on by itself when they report, and
 * calls that one turn; a shell in the background is only a job.
 */
function readStop(fields: Fields): readonly Claim[] {
  const running = listOf(fields, "background_tasks")
    .map(fieldsOf)
    .filter((task) => textOf(task, "status") === "running");
  const goesOn = running.some((task) => /agent/.test(textOf(task, "type") ?? ""));
  return [
    { kind: "background_jobs", count: running.length },
    ...(goesOn
      ? []
      : [
          {
            kind: "turn_ended" as const,
            outcome: "completed" as const,
            agentTurn: textOf(fields, "prompt_id"),
            result: textOf(fields, "last_assistant_message"),
            error: null,
          },
        ]),
  ];
}

function readFailure(fields: Fields): readonly Claim[] {
  const code = textOf(fields, "error") ?? "unknown";
  const error = textOf(fields, "last_assistant_message") ?? code;
  // the same code stands for requests that came too fast; when the limit resets, the log knows
  const isLimit = code === "rate_limit" && /\blimit\b.*\bresets\b/i.test(error);
  const ended: Claim = {
    kind: "turn_ended",
    outcome: isLimit ? "limited" : "failed",
    agentTurn: textOf(fields, "prompt_id"),
    result: null,
    error,
  };
  return isLimit ? [{ kind: "limit_hit", resetsAt: null, message: error }, ended] : [ended];
}

/** After a stop the agent goes on with its queue at once, and says so in no hook. */
function ended(before: Memory): Memory {
  return { ...before, turn: before.queued > 0 ? unknown : null, queued: 0 };
}

/** The call a permission request is about: the last one of this tool with the same input. */
function findCall(fields: Fields, calls: readonly Call[]): Call | undefined {
  const [tool, agent] = [textOf(fields, "tool_name"), textOf(fields, "agent_id")];
  const input = digest(fieldsOf(fields["tool_input"]));
  const alike = calls.filter((call) => call.tool === tool && call.agent === agent);
  return alike.findLast((call) => call.input === input) ?? alike.at(-1);
}

/** For a request whose call was not seen: the same request has the same name. */
function permissionRef(fields: Fields): string {
  const input = digest(fieldsOf(fields["tool_input"]));
  return `permission:${textOf(fields, "prompt_id")}:${textOf(fields, "tool_name")}:${input}`;
}

/** A short name of an input, which may be a whole file; FNV-1a. */
function digest(input: Fields): string {
  const text = JSON.stringify(input);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return `${text.length}-${(hash >>> 0).toString(16)}`;
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    turn: textOf(fields, "turn"),
    queued: typeof fields["queued"] === "number" ? fields["queued"] : 0,
    calls: listOf(fields, "calls") as readonly Call[],
  };
}
