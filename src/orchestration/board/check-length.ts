import { AgentpoolError } from "../../domain/errors.ts";
import { longestTaskBytes } from "../../domain/task.ts";

/** @throws text_too_large for a text that no task may have */
export function checkLength(what: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= longestTaskBytes) return;
  throw new AgentpoolError("text_too_large", `${what} has ${bytes} bytes`, {
    why: `A text of a task may have ${longestTaskBytes}.`,
    hint: "Put it into a file of the repository, and name that.",
    details: { bytes, limit: longestTaskBytes },
  });
}
