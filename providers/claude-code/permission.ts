import type { Claim, Dialog, PromptOption } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, parseFields, textOf, type Fields } from "./fields.ts";
import { briefOf } from "./tool-brief.ts";

const longestText = 4_000;

type Opened = Extract<Claim, { kind: "dialog_opened" }>;

/**
 * The dialog behind a permission request. The agent shows it meanwhile and takes the first answer,
 * the hook's or that of a person in the pane.
 * @param ref the tool call it is about
 */
export function readPermission(fields: Fields, ref: string): Opened {
  const tool = textOf(fields, "tool_name") ?? "";
  const input = fieldsOf(fields["tool_input"]);
  if (tool === "AskUserQuestion") {
    return { kind: "dialog_opened", ref, ...question(input), channel: null };
  }
  const dialog = tool === "ExitPlanMode" ? plan(input) : approval(tool, input, fields);
  return { kind: "dialog_opened", ref, dialog, channel: null };
}

function approval(tool: string, input: Fields, fields: Fields): Dialog {
  const agent = textOf(fields, "agent_type");
  const subject = briefOf(tool, input);
  return {
    kind: "approval",
    text: cut([`${tool}: ${subject}`, ...bodyOf(tool, input), ...from(agent)].join("\n")),
    subject,
    acceptsText: false,
    // what else the screen offers changes the person's settings and is chosen by its key
    options: [
      option("Yes", "allow", { behavior: "allow" }),
      option("No", "deny", { behavior: "deny", message: "The user denied this tool call." }),
    ],
  };
}

/** What is asked for in full, where one line does not say it. */
function bodyOf(tool: string, input: Fields): string[] {
  switch (tool) {
    case "Bash": {
      const command = textOf(input, "command") ?? "";
      const description = textOf(input, "description");
      return [
        ...(command === briefOf(tool, input) ? [] : [command]),
        ...(description === null ? [] : [description]),
      ];
    }
    case "Write":
      return [textOf(input, "content") ?? ""];
    case "Edit":
      return [
        ...marked("-", textOf(input, "old_string")),
        ...marked("+", textOf(input, "new_string")),
      ];
    case "Read":
    case "WebSearch":
      return [];
    default:
      return [JSON.stringify(input)];
  }
}

function marked(sign: string, text: string | null): string[] {
  return (text ?? "").split("\n").map((line) => `${sign} ${line}`);
}

function from(agent: string | null): string[] {
  return agent === null ? [] : [`(asked by the ${agent} agent)`];
}

/** The plan lies in a file of the agent; where none was written the screen has all there is. */
function plan(input: Fields): Dialog {
  return {
    kind: "plan",
    text: cut(textOf(input, "plan") ?? ""),
    subject: textOf(input, "planFilePath"),
    acceptsText: false,
    options: [
      // without an input of its own this dialog ignores an answer
      option("Yes", "allow", { behavior: "allow", updatedInput: input }),
      option("No", "deny", { behavior: "deny", message: "The user wants another plan." }),
    ],
  };
}

interface Question {
  readonly question: string;
  readonly labels: readonly string[];
  readonly several: boolean;
}

function question(input: Fields): { readonly dialog: Dialog; readonly inWords: string } {
  const questions = questionsOf(input);
  const [only] = questions.length === 1 ? questions : [];
  const dialog: Dialog = {
    kind: "question",
    text: cut(questions.map(describe).join("\n\n")),
    subject: null,
    acceptsText: true,
    options: (only?.labels ?? []).map((label) => ({
      label,
      key: null,
      role: "other",
      reply: answerWith(input, { [only?.question ?? ""]: label }),
    })),
  };
  return { dialog, inWords: JSON.stringify(input) };
}

/** A single question speaks for itself; of several each needs its options beside it. */
function describe({ question, labels, several }: Question, index: number, all: unknown[]): string {
  if (all.length === 1) return several ? `${question} (several may be chosen)` : question;
  const how = several ? ", several may be chosen" : "";
  return `${index + 1}. ${question} (${labels.join(" / ")}${how})`;
}

/**
 * Several questions are answered by as many lines, in their order; any other text is the answer to
 * each of them.
 */
export function answerInWords(context: string, text: string): string {
  const input = parseFields(context);
  const questions = questionsOf(input);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const answers = questions.map(({ question }, index): [string, string] => {
    const own = questions.length > 1 && lines.length === questions.length ? lines[index] : text;
    return [question, (own ?? text).trim()];
  });
  return answerWith(input, Object.fromEntries(answers));
}

function questionsOf(input: Fields): Question[] {
  return listOf(input, "questions")
    .map(fieldsOf)
    .map((fields) => ({
      question: textOf(fields, "question") ?? "",
      labels: listOf(fields, "options").map((one) => textOf(fieldsOf(one), "label") ?? ""),
      several: fields["multiSelect"] === true,
    }));
}

function answerWith(input: Fields, answers: Readonly<Record<string, string>>): string {
  return reply({ behavior: "allow", updatedInput: { ...input, answers } });
}

function option(label: string, role: "allow" | "deny", decision: object): PromptOption {
  return { label, key: null, role, reply: reply(decision) };
}

function reply(decision: object): string {
  return JSON.stringify({
    hookSpecificOutput: { hookEventName: "PermissionRequest", decision },
  });
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
