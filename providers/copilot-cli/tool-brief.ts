import { textOf, type Fields } from "./fields.ts";

const longestBrief = 200;

/** What a tool call is about, in one line. */
export function briefOf(tool: string, input: Fields): string {
  const about =
    textOf(input, "command") ??
    textOf(input, "path") ??
    textOf(input, "pattern") ??
    textOf(input, "url") ??
    textOf(input, "message") ??
    textOf(input, "description") ??
    tool;
  return (about.split("\n")[0] ?? "").slice(0, longestBrief);
}
