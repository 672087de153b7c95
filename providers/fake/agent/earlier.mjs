import { readFileSync } from "node:fs";

/**
 * An earlier conversation, by its log: what was said in it, and how far each count got. `undefined`
 * when there is none.
 */
export function readEarlier(path) {
  const entries = linesOf(path)?.map(parse);
  if (entries === undefined) return undefined;
  const said = entries.filter(({ type }) => type === "user" || type === "assistant");
  return {
    entries: entries.length,
    turns: Math.max(0, ...entries.map(({ turn }) => Number(/^t(\d+)/.exec(turn)?.[1] ?? 0))),
    resumes: entries.filter(({ type }) => type === "resumed").length,
    calls: entries.filter(({ type }) => type === "tool_call").length,
    prompts: entries.filter(({ type }) => type === "user").map(({ text }) => text),
    said: said.map(({ type, text }) => ({ kind: type, text })),
  };
}

function linesOf(path) {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.filter((line) => line !== "");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A line that was cut off with its process says nothing. */
function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
