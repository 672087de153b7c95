import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { closePlan, readApproval, readQuestions } from "./dialog.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { isOwnPrompt } from "./own-prompts.ts";

/** Tool calls that began lately, so that a request for permission finds the one it is about. */
interface Memory {
  readonly calls: readonly Call[];
  /** The last turn when it ended without words, as one that proposes a plan does. */
  readonly wordless: string | null;
}

interface Call {
  readonly id: string;
  readonly turn: string | null;
  readonly tool: string;
  /** How the request will name it. */
  readonly about: string;
  readonly asked: boolean;
}

interface Heard {
  readonly claims: readonly Claim[];
  readonly memory: Memory;
}

const keptCalls = 32;
const keptLength = 200;

/** A question has one dialog for each of its parts; the first carries the id of the call. */
const partOf = (call: string, index: number): string => (index === 0 ? call : `${call}#${index}`);

/**
 * What the hooks say. A sub-agent's hooks carry the conversation of its parent and name the agent
 * besides; of them, only tools and what they ask are of interest. That a turn ended is told by the
 * log: a hook of the user's own may still make the agent go on after Stop.
 */
export const hooks: HookReader = {
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    const heard = hear(event, fields, memoryOf(memory));
    const sub = textOf(fields, "agent_id") !== null;
    return {
      ...heard,
      conversation: textOf(fields, "session_id"),
      logPath: sub || !takesPrompts(event) ? null : textOf(fields, "transcript_path"),
    };
  },
};

function hear(event: string, fields: Fields, memory: Memory): Heard {
  const agentTurn = textOf(fields, "turn_id");
  const hasLog = textOf(fields, "transcript_path") !== null;
  const sub = textOf(fields, "agent_id") !== null;
  if (sub && !["PreToolUse", "PostToolUse", "PermissionRequest"].includes(event)) {
    return { claims: [], memory };
  }
  switch (event) {
    case "SessionStart":
      return { claims: identify(fields), memory };
    case "UserPromptSubmit": {
      const text = textOf(fields, "prompt") ?? "";
      const own = memory.wordless !== null && isOwnPrompt(text) ? { own: true } : {};
      return {
        claims: [
          // a person may go back to an earlier conversation; what takes prompts is the one on screen
          ...identify(fields),
          { kind: "prompt_taken", text, agentTurn, ...own },
          ...closePlan(memory.wordless),
        ],
        memory: { ...memory, wordless: null },
      };
    }
    case "PreToolUse":
      return beforeTool(fields, memory);
    case "PermissionRequest":
      return permission(fields, memory);
    case "PostToolUse":
      return afterTool(fields, memory, sub || !hasLog);
    case "Stop": {
      const result = textOf(fields, "last_assistant_message");
      const end: Claim = {
        kind: "turn_ended",
        outcome: "completed",
        agentTurn,
        result,
        error: null,
      };
      return {
        claims: hasLog ? [] : [end],
        memory: { ...memory, wordless: result === null ? agentTurn : null },
      };
    }
    case "Interrupt": {
      const end: Claim = {
        kind: "turn_ended",
        outcome: "interrupted",
        agentTurn,
        result: null,
        error: null,
      };
      return { claims: [end], memory };
    }
    default:
      return { claims: [], memory };
  }
}

function beforeTool(fields: Fields, memory: Memory): Heard {
  const id = textOf(fields, "tool_use_id");
  const tool = textOf(fields, "tool_name") ?? "";
  const input = fieldsOf(fields["tool_input"]);
  if (id === null) return { claims: [], memory };
  const about = subjectOf(input);
  const started: Claim = { kind: "tool_started", callId: id, name: tool, detail: about };
  const questions = tool === "request_user_input" ? readQuestions(input) : [];
  const call: Call = { id, turn: textOf(fields, "turn_id"), tool, about, asked: false };
  return {
    claims: [
      started,
      ...questions.map((dialog, index): Claim => ({
        kind: "dialog_opened",
        ref: partOf(id, index),
        dialog,
        channel: null,
      })),
    ],
    memory: { ...memory, calls: [...memory.calls, call].slice(-keptCalls) },
  };
}

/** The request does not name its call; it is the first alike that has not asked yet. */
function permission(fields: Fields, memory: Memory): Heard {
  const turn = textOf(fields, "turn_id");
  const tool = textOf(fields, "tool_name") ?? "";
  const input = fieldsOf(fields["tool_input"]);
  const about = subjectOf(input);
  const call = memory.calls.find(
    (one) => !one.asked && one.turn === turn && one.tool === tool && one.about === about,
  );
  const ref = call?.id ?? `${turn ?? "no turn"}:${tool}:${about}`;
  return {
    claims: [{ kind: "dialog_opened", ref, dialog: readApproval(tool, input), channel: null }],
    memory: {
      ...memory,
      calls: memory.calls.map((one) => (one === call ? { ...one, asked: true } : one)),
    },
  };
}

/**
 * @param alone no log will tell how the call ended. Where one does, it also says whether it
 *   succeeded, which the hook does not.
 */
function afterTool(fields: Fields, memory: Memory, alone: boolean): Heard {
  const id = textOf(fields, "tool_use_id");
  if (id === null) return { claims: [], memory };
  const tool = textOf(fields, "tool_name") ?? "";
  const parts = listOf(fieldsOf(fields["tool_input"]), "questions").length;
  const logged = !alone && (tool === "Bash" || tool === "apply_patch");
  const finished: Claim[] = logged ? [] : [{ kind: "tool_finished", callId: id, ok: true }];
  const closed = Array.from({ length: Math.max(0, parts - 1) }, (_, index): Claim => ({
    kind: "dialog_closed",
    ref: partOf(id, index + 1),
    how: "all questions of the call were answered",
  }));
  return {
    claims: [...finished, ...closed],
    memory: { ...memory, calls: memory.calls.filter((one) => one.id !== id) },
  };
}

function subjectOf(input: Fields): string {
  return (textOf(input, "command") ?? JSON.stringify(input)).slice(0, keptLength);
}

function takesPrompts(event: string): boolean {
  return event === "SessionStart" || event === "UserPromptSubmit";
}

function identify(fields: Fields): Claim[] {
  const id = textOf(fields, "session_id");
  return id === null ? [] : [{ kind: "agent_identified", agentSessionId: id }];
}

function memoryOf(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return {
    calls: listOf(fields, "calls") as readonly Call[],
    wordless: textOf(fields, "wordless"),
  };
}
