import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { readPermission, readQuestions } from "./dialog.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { briefOf } from "./tool-brief.ts";

/**
 * What the reader carries from one payload to the next.
 * - `open`: calls that began and did not end. Those of sub-agents come through the same hooks and
 *   name nobody.
 * - `asked`: the call that was asked for last. One is asked for at a time: the next one says that
 *   this one was answered.
 */
interface Memory {
  readonly open: readonly Call[];
  readonly asked: string | null;
}

interface Call {
  readonly id: string;
  readonly tool: string;
}

const none: Memory = { open: [], asked: null };

const keptCalls = 64;

/** Calls that run an agent inside of the agent. */
const agentTools: ReadonlySet<string> = new Set(["run_subagent", "sidekick"]);

/**
 * What the hooks say. They hear of prompts, calls, dialogs and answers; of a turn that a person
 * stopped, or that failed, they hear nothing: the log tells.
 */
export const hooks: HookReader = {
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    const before = recall(memory);
    const { claims, after } = hear(event, fields, before);
    return { claims, memory: after, conversation: textOf(fields, "session_id") };
  },
};

interface Heard {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

function hear(event: string, fields: Fields, before: Memory): Heard {
  const tool = textOf(fields, "tool_name") ?? "";
  const id = textOf(fields, "tool_use_id") ?? "";
  const input = fieldsOf(fields["tool_input"]);
  switch (event) {
    case "SessionStart": {
      const own = textOf(fields, "session_id");
      const claims: Claim[] =
        own === null ? [] : [{ kind: "agent_identified", agentSessionId: own }];
      return { claims, after: none };
    }
    case "UserPromptSubmit":
      return {
        claims: [
          {
            kind: "prompt_taken",
            text: textOf(fields, "prompt") ?? "",
            agentTurn: textOf(fields, "prompt_id"),
          },
          ...closeAll("the agent took another prompt"),
        ],
        after: none,
      };
    case "PreToolUse": {
      const started: Claim = {
        kind: "tool_started",
        callId: id,
        name: tool,
        detail: briefOf(input),
      };
      const asked = tool === "ask_user_question" ? readQuestions(input) : [];
      return {
        claims: [
          started,
          ...asked.map((dialog, index): Claim => ({
            kind: "dialog_opened",
            ref: `${id}:${index}`,
            dialog,
            channel: null,
          })),
        ],
        after: { ...before, open: [...before.open, { id, tool }].slice(-keptCalls) },
      };
    }
    case "PermissionRequest": {
      const { asked } = before;
      const answered: Claim[] =
        asked === null
          ? []
          : [{ kind: "dialog_closed", ref: asked, how: "another call is asked for" }];
      const dialog = readPermission(tool, input);
      return {
        claims: [...answered, { kind: "dialog_opened", ref: id, dialog, channel: null }],
        after: { ...before, asked: id },
      };
    }
    case "PostToolUse":
      return readResult(fields, { id, tool }, before);
    case "Stop":
      return readStop(fields, before);
    default:
      return { claims: [], after: before };
  }
}

function readResult(fields: Fields, { id, tool }: Call, before: Memory): Heard {
  const response = fieldsOf(fields["tool_response"]);
  const ok = response["success"] === true;
  const questions = listOf(fieldsOf(fields["tool_input"]), "questions");
  const refs = tool === "ask_user_question" ? questions.map((_, index) => `${id}:${index}`) : [id];
  return {
    claims: [
      ...refs.map((ref): Claim => ({
        kind: "dialog_closed",
        ref,
        how: "the call it asked for ran",
      })),
      { kind: "tool_finished", callId: id, ok },
    ],
    after: { ...before, open: before.open.filter((call) => call.id !== id) },
  };
}

/**
 * A sub-agent that has answered fires this, too, under the same ids. While a call that runs one is
 * open, the agent itself cannot have stopped.
 */
function readStop(fields: Fields, before: Memory): Heard {
  if (before.open.some(({ tool }) => agentTools.has(tool))) return { claims: [], after: before };
  const ended: Claim = {
    kind: "turn_ended",
    outcome: "completed",
    agentTurn: textOf(fields, "prompt_id"),
    result: textOf(fields, "last_assistant_message"),
    error: null,
  };
  return { claims: [...closeAll("the agent stopped"), ended], after: none };
}

function closeAll(how: string): readonly Claim[] {
  return [{ kind: "dialog_closed", ref: null, how }];
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  const open = listOf(fields, "open").map(fieldsOf);
  return {
    open: open.map((call) => ({ id: textOf(call, "id") ?? "", tool: textOf(call, "tool") ?? "" })),
    asked: textOf(fields, "asked"),
  };
}
