import type { Dialog, OptionRole, PromptKind } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";

const kinds: readonly PromptKind[] = ["question", "approval", "plan", "startup", "limit"];
const roles: readonly OptionRole[] = ["allow", "allow_always", "deny", "other"];

/**
 * A dialog as hooks and log describe it. `replyTo` is the agent's id of it where a hook may answer;
 * the reply names that id, so that it can never choose in another dialog. Keys are only known from
 * the screen.
 */
export function readDialog(fields: Fields, replyTo: string | null): Dialog | null {
  const kind = kinds.find((candidate) => candidate === textOf(fields, "kind"));
  if (!kind) return null;
  return {
    kind,
    text: textOf(fields, "text") ?? "",
    subject: textOf(fields, "subject"),
    acceptsText: fields["accepts_text"] === true,
    options: listOf(fields, "options").map((entry) => {
      const option = fieldsOf(entry);
      const label = textOf(option, "label") ?? "";
      return {
        label,
        key: null,
        role: roles.find((candidate) => candidate === textOf(option, "role")) ?? "other",
        reply: replyTo === null ? null : JSON.stringify({ dialog: replyTo, option: label }),
      };
    }),
  };
}
