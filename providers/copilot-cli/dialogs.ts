import type { Dialog, PromptOption } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";

const longestText = 4_000;

/**
 * What the agent wants to be allowed, as its log tells it. Which answers there are and by which
 * keys is known from the screen alone.
 */
export function readPermission(request: Fields): Dialog {
  const kind = textOf(request, "kind") ?? "";
  const intention = textOf(request, "intention");
  const subject = subjectOf(kind, request);
  const content = textOf(request, "newFileContents") ?? textOf(request, "diff");
  const lines = [intention, subject, kind === "write" ? content : null];
  return {
    kind: "approval",
    text: cut([...new Set(lines)].filter((line) => line !== null).join("\n")),
    subject: subject === null ? null : cut(subject),
    acceptsText: false,
    options: [],
  };
}

function subjectOf(kind: string, request: Fields): string | null {
  const named =
    textOf(request, "fullCommandText") ??
    textOf(request, "fileName") ??
    textOf(request, "path") ??
    textOf(request, "url");
  if (named !== null) return named;
  const tool = textOf(request, "toolName");
  const server = textOf(request, "serverName");
  if (tool !== null) return [server, tool].filter((word) => word !== null).join(": ");
  return kind === "" ? null : kind;
}

/**
 * The question of an `ask_user`. Its answers are the values of its only field; a form of several
 * fields is left to a person at the pane.
 */
export function readQuestion(input: Fields): Dialog {
  const fields = Object.entries(fieldsOf(fieldsOf(input["requestedSchema"])["properties"]));
  const text = textOf(input, "message") ?? textOf(input, "question") ?? "";
  const [only] = fields.length === 1 ? fields : [];
  const names = fields.length > 1 ? [fields.map(([name]) => name).join(", ")] : [];
  return {
    kind: "question",
    text: cut([text, ...names].join("\n")),
    subject: null,
    acceptsText: false,
    options: only ? optionsOf(fieldsOf(only[1])) : [],
  };
}

function optionsOf(field: Fields): PromptOption[] {
  return listOf(field, "enum")
    .filter((label) => typeof label === "string")
    .map((label) => ({ label, key: null, role: "other", reply: null }));
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
