import type { Claim, LogReader } from "../../src/provider/definition.ts";
import { readDialog } from "./dialog.ts";
import { countOf, fieldsOf, textOf, type Fields } from "./fields.ts";

/** The agent's transcript: JSON lines, one a fact, each with its own id and its conversation's. */
export const log: LogReader = {
  find: async ({ facts, list }) => {
    const path = facts["log"] ?? "";
    const at = path.lastIndexOf("/");
    const files = at < 0 ? [] : await list(path.slice(0, at));
    return files.some((file) => file.name === path.slice(at + 1)) ? path : null;
  },
  read: (line, memory) => {
    const fields = parse(line);
    const at = Date.parse(textOf(fields, "time") ?? "");
    return {
      claims: claimsOf(fields),
      memory,
      conversation: textOf(fields, "conversation"),
      ...(Number.isNaN(at) ? {} : { at }),
    };
  },
};

function parse(line: string): Fields {
  try {
    return fieldsOf(JSON.parse(line));
  } catch {
    // half a line, or another program's
    return {};
  }
}

function claimsOf(fields: Fields): readonly Claim[] {
  const agentTurn = textOf(fields, "turn");
  const callId = textOf(fields, "call") ?? "";
  const text = textOf(fields, "text") ?? "";
  const ref = `${textOf(fields, "conversation")}:${textOf(fields, "id")}`;
  switch (textOf(fields, "type")) {
    case "user":
      return [
        { kind: "prompt_taken", text, agentTurn },
        { kind: "message", role: "user", text, ref },
      ];
    case "queued":
      return [{ kind: "prompt_queued", text }];
    case "assistant":
      return [{ kind: "message", role: "assistant", text, ref }];
    case "tool_call": {
      const name = textOf(fields, "name") ?? "";
      return [{ kind: "tool_started", callId, name, detail: textOf(fields, "detail") ?? "" }];
    }
    case "tool_result":
      return [
        { kind: "tool_finished", callId, ok: fields["ok"] === true },
        { kind: "message", role: "tool", text, ref },
      ];
    case "dialog_opened": {
      const dialog = readDialog(fields, null);
      return dialog ? [{ kind: "dialog_opened", ref: callId, dialog, channel: null }] : [];
    }
    case "dialog_closed":
      return [readClosed(callId, textOf(fields, "how") ?? "")];
    case "limit": {
      const at = Date.parse(textOf(fields, "resets_at") ?? "");
      const message = textOf(fields, "message") ?? "";
      return [{ kind: "limit_hit", resetsAt: Number.isNaN(at) ? null : at, message }];
    }
    case "limit_warning":
      return [{ kind: "limit_warning", message: textOf(fields, "message") ?? "" }];
    case "background":
      return [{ kind: "background_jobs", count: countOf(fields, "count") }];
    case "usage": {
      const [input, output] = [countOf(fields, "input"), countOf(fields, "output")];
      return [{ kind: "usage", tokens: { input, output, cached: countOf(fields, "cached") } }];
    }
    case "turn_end":
      return [turnEnded(fields, agentTurn)];
    default:
      return [];
  }
}

function turnEnded(fields: Fields, agentTurn: string | null): Claim {
  const outcomes = ["completed", "interrupted", "failed", "limited"] as const;
  return {
    kind: "turn_ended",
    outcome: outcomes.find((one) => one === textOf(fields, "outcome")) ?? "completed",
    agentTurn,
    result: textOf(fields, "last_message"),
    error: textOf(fields, "error"),
  };
}

/** A dialog that another one replaced took no answer, whatever key was on its way to it. */
function readClosed(ref: string, how: string): Claim {
  return { kind: "dialog_closed", ref, how, ...(how === "replaced" ? { unanswered: true } : {}) };
}
