import type { Claim, HookReader, Reading } from "../../src/provider/definition.ts";
import { fieldsOf, textOf, type Fields } from "./fields.ts";
import { briefOf } from "./tool-brief.ts";

/** What the reader carries from one payload to the next: what the agent said last in this turn. */
interface Memory {
  readonly said: string | null;
}

/**
 * What the hooks say: prompts, calls and ends of turns. That an approval is asked for they do not
 * say; the screen does.
 */
export const hooks: HookReader = {
  read: (event, payload, memory): Reading => {
    const fields = fieldsOf(payload);
    const before: Memory = { said: textOf(fieldsOf(memory), "said") };
    const { claims, after } = hear(event, fields, before);
    return {
      claims,
      memory: after,
      conversation: conversationOf(fields),
      logPath: textOf(fields, "transcript_path"),
    };
  },
};

interface Heard {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

function hear(event: string, fields: Fields, before: Memory): Heard {
  const callId = textOf(fields, "tool_use_id") ?? "";
  switch (event) {
    case "sessionStart": {
      const own = conversationOf(fields);
      const claims: Claim[] =
        own === null ? [] : [{ kind: "agent_identified", agentSessionId: own }];
      return { claims, after: { said: null } };
    }
    case "beforeSubmitPrompt":
      return {
        claims: [
          {
            kind: "prompt_taken",
            text: textOf(fields, "prompt") ?? "",
            agentTurn: turnOf(fields),
          },
        ],
        after: { said: null },
      };
    case "preToolUse": {
      const name = textOf(fields, "tool_name") ?? "";
      const detail = briefOf(fieldsOf(fields["tool_input"]));
      return { claims: [{ kind: "tool_started", callId, name, detail }], after: before };
    }
    case "postToolUse":
    case "postToolUseFailure":
      return {
        claims: [{ kind: "tool_finished", callId, ok: event === "postToolUse" }],
        after: before,
      };
    case "afterAgentResponse":
      return { claims: [], after: { said: textOf(fields, "text") ?? before.said } };
    case "stop":
      return readStop(fields, before);
    default:
      return { claims: [], after: before };
  }
}

function readStop(fields: Fields, { said }: Memory): Heard {
  const outcome = outcomes[textOf(fields, "status") ?? ""];
  if (outcome === undefined) return { claims: [], after: { said } };
  const ended: Claim = {
    kind: "turn_ended",
    outcome,
    agentTurn: turnOf(fields),
    result: outcome === "completed" ? said : null,
    error:
      outcome === "failed" ? (textOf(fields, "error") ?? "the agent stopped on an error") : null,
  };
  return { claims: [ended], after: { said: null } };
}

const outcomes: Readonly<Record<string, "completed" | "interrupted" | "failed">> = {
  completed: "completed",
  aborted: "interrupted",
  error: "failed",
};

function conversationOf(fields: Fields): string | null {
  return textOf(fields, "conversation_id") ?? textOf(fields, "session_id");
}

/** Versions are reported in which it is the conversation's own id, and tells turns from nothing. */
function turnOf(fields: Fields): string | null {
  const turn = textOf(fields, "generation_id");
  return turn === conversationOf(fields) ? null : turn;
}
