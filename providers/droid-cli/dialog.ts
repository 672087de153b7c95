import type { Dialog } from "../../src/provider/definition.ts";
import { fieldsOf, textOf } from "./fields.ts";
import { briefOf } from "./tool-brief.ts";

const maxTextLength = 4_000;

export interface Call {
  readonly tool: string;
  readonly input: unknown;
}

/**
 * What the agent wants to be allowed, as it told its hook a moment before: several calls are asked
 * for in one dialog. Which answers there are and by which keys is known from the screen alone.
 */
export function readApproval(calls: readonly Call[]): Dialog {
  const spec = calls.find(({ tool }) => tool === "ExitSpecMode");
  const [first] = calls;
  const subject = first === undefined ? null : briefOf(fieldsOf(first.input));
  if (spec) {
    const input = fieldsOf(spec.input);
    const lines = [textOf(input, "title"), textOf(input, "plan") ?? textOf(input, "spec")];
    const text = lines.filter((line) => line !== null).join("\n\n");
    return dialog("plan", text, textOf(input, "title"));
  }
  return dialog("approval", calls.map(describe).join("\n"), subject === "" ? null : subject);
}

/** The questions of one call; the agent shows them one after the other. */
export function readQuestions({ input }: Call): Dialog[] {
  const text = textOf(fieldsOf(input), "questionnaire") ?? "";
  return text
    .split(/^\d+\. \[question\] /m)
    .slice(1)
    .map((part): Dialog => {
      const [question = ""] = part.split(/\n\[/, 1);
      const labels = [...part.matchAll(/^\[option\] (.+)$/gm)].map(([, label = ""]) =>
        label.trim(),
      );
      const topic = /^\[topic\] (.+)$/m.exec(part)?.[1]?.trim() ?? null;
      return {
        kind: "question",
        text: question.trim().slice(0, maxTextLength),
        subject: topic,
        acceptsText: true,
        options: labels.map((label) => ({ label, key: null, role: "other", reply: null })),
      };
    });
}

function describe({ tool, input }: Call): string {
  const fields = fieldsOf(input);
  const command = textOf(fields, "command");
  if (command !== null) return `${tool}: ${command}`;
  const content = textOf(fields, "content");
  return [`${tool}: ${briefOf(fields)}`, ...(content === null ? [] : [content])].join("\n");
}

function dialog(kind: "approval" | "plan", text: string, subject: string | null): Dialog {
  return { kind, text: text.slice(0, maxTextLength), subject, acceptsText: false, options: [] };
}
