import { changeAt } from "./worker-path.ts";

/** Where outputs repeat what a caller handed in. */
const echoes = ["session.task", "sessions[].task", "turn.prompt", "turns[].prompt"];
const maxChars = 400;

/**
 * Cuts the tasks and prompts an output repeats. They may have a megabyte, stand in every answer,
 * and the model that reads it has written them itself; `session show` has them whole.
 */
export function shortenEchoes(output: unknown): unknown {
  return changeAt(withoutMissingFiles(output), echoes, (holder, name) => {
    const text = holder[name];
    if (typeof text !== "string" || text.length <= maxChars) return { ...holder };
    const more = text.length - maxChars;
    return { ...holder, [name]: `${text.slice(0, maxChars)}… [${more} more characters]` };
  });
}

/** An observation names files beside what is asked for; those that nobody has written yet say nothing. */
function withoutMissingFiles(output: unknown): unknown {
  return changeAt(output, ["artifact_manifest.files"], (holder, name) => {
    const files = holder[name];
    if (!Array.isArray(files)) return { ...holder };
    return {
      ...holder,
      [name]: files.filter((file: { exists?: unknown }) => file.exists !== false),
    };
  });
}
