import { resolve } from "node:path";
import type { Operation } from "../../../operations/define.ts";
import { writeErr } from "../io.ts";
import { pick } from "../output.ts";
import type { Shell } from "../shell.ts";
import { writeOutput } from "../write-output.ts";

/** Writes an observation into a file, whole or not at all, by this process and as its user. */
export async function observeToFile(
  shell: Shell,
  operation: Operation,
  given: { readonly input: Readonly<Record<string, unknown>>; readonly file: string },
): Promise<number> {
  const output = (await shell.ask(operation, given.input)) as never;
  const value = shell.pick.length > 0 ? pick(output, shell.pick) : output;
  const file = resolve(shell.cwd, given.file);
  writeOutput(file, `${JSON.stringify(value, null, 2)}\n`);
  writeErr(`${shell.style.dim("written to")} ${file}\n`);
  return operation.cli?.exitCode?.(output) ?? 0;
}
