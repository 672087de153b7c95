import { AgentpoolError } from "../../domain/errors.ts";
import { writeWhole } from "../../platform/write-whole.ts";

/** Writes what `--output`, or another flag, asked for, whole or not at all. @throws invalid_input */
export function writeOutput(
  file: string,
  content: string | Uint8Array,
  { flag = "--output" }: { readonly flag?: string } = {},
): void {
  try {
    writeWhole(file, content);
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", `${flag}: ${file} cannot be written`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: "Name a file in a folder that is there and that you may write to.",
      cause: thrown,
    });
  }
}
