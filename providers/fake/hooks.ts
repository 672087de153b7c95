import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { readDialog } from "./dialog.ts";
import { countOf, fieldsOf, textOf, type Fields } from "./fields.ts";

/** What the agent's hooks say. Every payload names its conversation and, within one, its turn. */
export const hooks: HookReader = {
  answers: ["approval", "plan"],
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    return {
      claims: claimsOf(event, fields),
      memory,
      conversation: textOf(fields, "session_id"),
      logPath: event === "SessionStart" && isOwn(fields) ? textOf(fields, "transcript_path") : null,
    };
  },
};

function claimsOf(event: string, fields: Fields): readonly Claim[] {
  const agentTurn = textOf(fields, "turn_id");
  const callId = textOf(fields, "tool_use_id") ?? "";
  const name = textOf(fields, "tool_name") ?? "";
  const input = fieldsOf(fields["tool_input"]);
  switch (event) {
    case "SessionStart": {
      const id = textOf(fields, "session_id");
      if (id === null || !isOwn(fields)) return [];
      return [
        { kind: "agent_identified", agentSessionId: id },
        { kind: "idle", because: "the agent said that it is ready" },
      ];
    }
    case "UserPromptSubmit":
      return [{ kind: "prompt_taken", text: textOf(fields, "prompt") ?? "", agentTurn }];
    case "PreToolUse": {
      const detail = textOf(input, "detail") ?? "";
      const started: Claim = { kind: "tool_started", callId, name, detail };
      // a question is asked by its tool call; other dialogs have an event of their own
      const dialog = name === "AskUserQuestion" ? readDialog(input, null) : null;
      if (!dialog) return [started];
      return [started, { kind: "dialog_opened", ref: callId, dialog, channel: null }];
    }
    case "PermissionRequest": {
      const dialog = readDialog(input, textOf(fields, "dialog_id"));
      return dialog ? [{ kind: "dialog_opened", ref: callId, dialog, channel: null }] : [];
    }
    case "PostToolUse":
      return [{ kind: "tool_finished", callId, ok: fields["ok"] === true }];
    case "Stop":
      return [
        { kind: "background_jobs", count: countOf(fields, "background_jobs") },
        {
          kind: "turn_ended",
          outcome: "completed",
          agentTurn,
          result: textOf(fields, "last_assistant_message"),
          error: null,
        },
      ];
    case "Notification":
      return textOf(fields, "notification_type") === "background_jobs"
        ? [{ kind: "background_jobs", count: countOf(fields, "background_jobs") }]
        : [];
    default:
      return [];
  }
}

/** False for the helper conversations that report through the same hooks. */
function isOwn(fields: Fields): boolean {
  return ["startup", "clear", "resume"].includes(textOf(fields, "source") ?? "");
}
