import type { Claim, HookReader } from "../../src/provider/definition.ts";
import { fieldsOf, textOf, type Fields } from "./fields.ts";
import { isOwnPrompt } from "./own-prompts.ts";

/**
 * What the hooks say. They hear of a prompt before the log is written, and of a conversation that
 * a person began anew. How a turn ended is told by the log: a hook of the person's own may still
 * make the agent go on after it stopped.
 */
export const hooks: HookReader = {
  read: (event, payload, memory) => {
    const fields = fieldsOf(payload);
    return {
      claims: claimsOf(event, fields),
      memory,
      conversation: textOf(fields, "sessionId"),
      logPath: event === "agentStop" ? textOf(fields, "transcriptPath") : null,
    };
  },
};

function claimsOf(event: string, fields: Fields): readonly Claim[] {
  switch (event) {
    case "sessionStart": {
      const id = textOf(fields, "sessionId");
      return id === null ? [] : [{ kind: "agent_identified", agentSessionId: id }];
    }
    case "userPromptSubmitted": {
      const text = textOf(fields, "prompt");
      if (text === null) return [];
      const own = isOwnPrompt(text) ? { own: true } : {};
      return [{ kind: "prompt_taken", text, agentTurn: null, ...own }];
    }
    default:
      return [];
  }
}
