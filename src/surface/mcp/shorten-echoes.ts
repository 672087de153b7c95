import { changeAt } from "./worker-path.ts";

/** Where outputs repeat what a caller handed in. */
const echoes = ["session.task", "sessions[].task", "turn.prompt", "turns[].prompt"];
const maxChars = 400;

/**
 * Cuts the tasks and prompts an output repeats. They may have a megabyte, stand in every answer,
 * and the model that reads it has written them itself; `session show` has them whole.
 */
export function shortenEchoes(output: unknown): unknown {
  return changeAt(output, echoes, (holder, name) => {
    const text = holder[name];
    if (typeof text !== "string" || text.length <= maxChars) return { ...holder };
    const more = text.length - maxChars;
    return { ...holder, [name]: `${text.slice(0, maxChars)}… [${more} more characters]` };
  });
}
