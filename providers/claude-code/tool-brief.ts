import { textOf, type Fields } from "./fields.ts";

const longest = 200;

/** What a tool call is about, on one line, for people. */
export function briefOf(tool: string, input: Fields): string {
  const field = subjectFields[tool];
  const subject = field === undefined ? firstText(input) : textOf(input, field);
  const line = (subject ?? "").replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

const subjectFields: Readonly<Record<string, string>> = {
  Bash: "command",
  Read: "file_path",
  Write: "file_path",
  Edit: "file_path",
  NotebookEdit: "notebook_path",
  Grep: "pattern",
  Glob: "pattern",
  WebFetch: "url",
  WebSearch: "query",
  Agent: "description",
};

function firstText(input: Fields): string | null {
  const found = Object.values(input).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : null;
}
