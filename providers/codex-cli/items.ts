import type { Claim } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { isOwnPrompt } from "./own-prompts.ts";

/**
 * What a finished item of the conversation says: a prompt that was taken, a message, the end of a
 * tool call. The end of a command comes even when its turn was interrupted long ago.
 * @param planned a plan was proposed just before, so that the next prompt may be the CLI's own
 */
export function readItem(item: Fields, agentTurn: string | null, planned: boolean): Claim[] {
  const id = textOf(item, "id") ?? "";
  switch (textOf(item, "type")) {
    case "UserMessage": {
      const text = contentOf(item);
      const own = planned && isOwnPrompt(text) ? { own: true } : {};
      return [
        { kind: "prompt_taken", text, agentTurn, ...own },
        { kind: "message", role: "user", text, ref: id },
      ];
    }
    case "AgentMessage":
      return [{ kind: "message", role: "assistant", text: contentOf(item), ref: id }];
    case "Plan":
      return [{ kind: "message", role: "assistant", text: textOf(item, "text") ?? "", ref: id }];
    case "CommandExecution":
      return tool(id, item["exit_code"] === 0, commandText(item));
    case "FileChange":
      return tool(id, textOf(item, "status") === "completed", changeText(item));
    default:
      return [];
  }
}

function tool(id: string, ok: boolean, text: string): Claim[] {
  return [
    { kind: "tool_finished", callId: id, ok },
    { kind: "message", role: "tool", text, ref: id },
  ];
}

function contentOf(item: Fields): string {
  return listOf(item, "content")
    .map((part) => textOf(fieldsOf(part), "text") ?? "")
    .join("");
}

/** The shell and its flag stand before the command itself. */
function commandText(item: Fields): string {
  const command = listOf(item, "command").filter((word) => typeof word === "string");
  const output = textOf(item, "aggregated_output") ?? "";
  const code = item["exit_code"];
  const failed = typeof code === "number" && code !== 0 ? `(exit code ${code})` : "";
  return [`$ ${command.at(-1) ?? ""}`, output.trimEnd(), failed].filter(Boolean).join("\n");
}

function changeText(item: Fields): string {
  const changes = Object.entries(fieldsOf(item["changes"])).map(
    ([path, change]) => `${textOf(fieldsOf(change), "type") ?? "change"} ${path}`,
  );
  return [...changes, textOf(item, "stderr")?.trimEnd() ?? ""].filter(Boolean).join("\n");
}
