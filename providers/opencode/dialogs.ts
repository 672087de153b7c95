import { AgentpoolError, type Dialog } from "../../src/provider/definition.ts";
import { fieldsAt, fieldsOf, listAt, parseFields, textAt, type Fields } from "./fields.ts";

const maxTextLength = 8_000;

/** The agent's request for permission, in the words it uses on screen where it has such. */
export function permissionDialog(request: Fields): Dialog {
  const metadata = fieldsAt(request, "metadata");
  const patterns = listAt(request, "patterns").filter((one) => typeof one === "string");
  const kind = textAt(request, "permission") ?? "";
  const command = textAt(metadata, "command");
  const path = textAt(metadata, "filepath");
  const diff = textAt(metadata, "diff");
  const what = patterns.join(", ");
  const asks: Readonly<Record<string, string>> = {
    bash: `$ ${command ?? what}`,
    edit: `Edit ${what || path}`,
    external_directory: `Access external directory ${what}`,
    doom_loop: `Continue after repeated failures: ${what}`,
    webfetch: `WebFetch ${textAt(metadata, "url") ?? what}`,
    websearch: `Web search ${textAt(metadata, "query") ?? what}`,
  };
  const text = [asks[kind] ?? `${kind} ${what}`.trim(), ...(diff === null ? [] : [diff])];
  return {
    kind: "approval",
    text: text.join("\n").slice(0, maxTextLength),
    subject: command ?? path ?? (what || null),
    acceptsText: false,
    options: [
      { label: "Allow once", key: null, role: "allow", reply: permissionReply("once") },
      { label: "Allow always", key: null, role: "allow_always", reply: permissionReply("always") },
      { label: "Reject", key: null, role: "deny", reply: permissionReply("reject") },
    ],
  };
}

export function permissionReply(reply: string): string {
  return JSON.stringify({ reply });
}

/** One or more questions asked at once; with several, no single option answers them all. */
export function questionDialog(request: Fields): Dialog {
  const questions = questionsOf(request);
  const only = questions.length === 1 ? questions[0] : undefined;
  return {
    kind: "question",
    text: questions.map(questionText).join("\n\n").slice(0, maxTextLength),
    subject: null,
    acceptsText: questions.every((question) => question["custom"] !== false) || !only,
    options: (only ? optionsOf(only) : []).map(({ label }) => ({
      label,
      key: null,
      role: "other",
      reply: questionReply([[label]]),
    })),
  };
}

export function questionReply(answers: unknown): string {
  return JSON.stringify({ answers });
}

/** What `replyInWords` needs to know of a request: which labels each question offers. */
export function questionContext(request: Fields): string {
  return JSON.stringify(
    questionsOf(request).map((question) => ({
      multiple: question["multiple"] === true,
      labels: optionsOf(question).map(({ label }) => label),
    })),
  );
}

/**
 * An answer in the caller's own words: one line for each question when there are several; labels,
 * one a line, where a question takes more than one.
 * @throws invalid_input when the lines do not fit the questions
 */
export function replyInWords(context: string, text: string): string {
  const questions = listAt(parseFields(`{"questions":${context}}`), "questions").map(fieldsOf);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (questions.length > 1) {
    if (lines.length !== questions.length) {
      throw new AgentpoolError(
        "invalid_input",
        `The agent asks ${questions.length} questions and the answer has ${lines.length} lines`,
        { hint: "Give one line for each question, in their order." },
      );
    }
    return questionReply(lines.map((line) => [line]));
  }
  const [only] = questions;
  const labels = only ? listAt(only, "labels") : [];
  const chosen = only?.["multiple"] === true && lines.every((line) => labels.includes(line));
  return questionReply([chosen ? lines : [text]]);
}

function questionsOf(request: Fields): readonly Fields[] {
  return listAt(request, "questions").map(fieldsOf);
}

function optionsOf(question: Fields): readonly { label: string; description: string }[] {
  return listAt(question, "options")
    .map(fieldsOf)
    .map((option) => ({
      label: textAt(option, "label") ?? "",
      description: textAt(option, "description") ?? "",
    }));
}

function questionText(question: Fields, index: number, all: readonly Fields[]): string {
  const number = all.length > 1 ? `${index + 1}. ` : "";
  const several = question["multiple"] === true ? " (more than one may be chosen)" : "";
  const described = optionsOf(question).some(({ description }) => description !== "");
  const options = optionsOf(question).map(({ label, description }) =>
    description === "" ? `- ${label}` : `- ${label}: ${description}`,
  );
  const head = `${number}${textAt(question, "question") ?? ""}${several}`;
  return [head, ...(described || all.length > 1 ? options : [])].join("\n");
}
