import { textAt, type Fields } from "./fields.ts";

const maxDetailLength = 300;
const maxOutputLength = 64_000;

/** Fields that say in one line what a tool call is about, the most telling first. */
const telling = ["command", "filePath", "pattern", "url", "query", "description", "name", "path"];

export function detailOf(input: Fields): string {
  const name = telling.find((candidate) => (textAt(input, candidate) ?? "") !== "");
  const detail = name === undefined ? JSON.stringify(input) : (textAt(input, name) ?? "");
  return detail === "{}" ? "" : detail.slice(0, maxDetailLength);
}

export function outputOf(state: Fields): string {
  return (textAt(state, "output") ?? textAt(state, "error") ?? "").slice(0, maxOutputLength);
}
