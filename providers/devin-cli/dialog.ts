import type { Dialog } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, textOf, type Fields } from "./fields.ts";
import { briefOf } from "./tool-brief.ts";

const maxTextLength = 4_000;

/**
 * What the agent wants to be allowed, as it told its hook. Which answers there are and by which keys
 * is known from the screen alone.
 */
export function readPermission(tool: string, input: Fields): Dialog {
  if (tool === "exit_plan_mode") {
    return {
      ...nothingToChoose,
      kind: "plan",
      text: cut(textOf(input, "plan") ?? ""),
      subject: null,
    };
  }
  const subject = briefOf(input);
  const content = textOf(input, "content");
  const replaced = [
    ...marked("-", textOf(input, "old_string")),
    ...marked("+", textOf(input, "new_string")),
  ];
  const lines = [`${tool}: ${subject}`, ...(content === null ? [] : [content]), ...replaced];
  return {
    ...nothingToChoose,
    kind: "approval",
    text: cut(lines.join("\n")),
    subject: subject === "" ? null : subject,
  };
}

/** The questions of one call; the agent shows them one after the other. */
export function readQuestions(input: Fields): Dialog[] {
  return listOf(input, "questions")
    .map(fieldsOf)
    .map((fields): Dialog => ({
      kind: "question",
      text: cut(textOf(fields, "question") ?? ""),
      subject: textOf(fields, "header"),
      acceptsText: false,
      options: listOf(fields, "options").map((option) => ({
        label: textOf(fieldsOf(option), "label") ?? "",
        key: null,
        role: "other",
        reply: null,
      })),
    }));
}

const nothingToChoose = { acceptsText: false, options: [] } as const;

function marked(sign: string, text: string | null): string[] {
  return text === null ? [] : text.split("\n").map((line) => `${sign} ${line}`);
}

function cut(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}
