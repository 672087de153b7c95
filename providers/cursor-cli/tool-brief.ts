import { textOf, type Fields } from "./fields.ts";

const longest = 200;

/** What a tool call is about, on one line, for people. */
export function briefOf(input: Fields): string {
  const named = subjects.map((name) => textOf(input, name)).find((text) => text !== null);
  const line = (named ?? firstText(input) ?? "").replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

const subjects = ["command", "file_path", "path", "pattern", "url", "query", "title", "plan"];

function firstText(input: Fields): string | null {
  const found = Object.values(input).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : null;
}
