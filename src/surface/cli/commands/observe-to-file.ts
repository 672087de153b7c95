import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Operation } from "../../../operations/define.ts";
import { writeErr } from "../io.ts";
import { pick } from "../output.ts";
import type { Shell } from "../shell.ts";

/** Writes an observation into a file, whole or not at all, by this process and as its user. */
export async function observeToFile(
  shell: Shell,
  operation: Operation,
  given: { readonly input: Readonly<Record<string, unknown>>; readonly file: string },
): Promise<number> {
  const output = (await shell.ask(operation, given.input)) as never;
  const value = shell.pick.length > 0 ? pick(output, shell.pick) : output;
  const file = resolve(shell.cwd, given.file);
  const beside = `${file}.${process.pid}`;
  try {
    writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, file);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw new AgentpoolError("invalid_input", `--output: ${file} cannot be written`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    });
  }
  writeErr(`${shell.style.dim("written to")} ${file}\n`);
  return operation.cli?.exitCode?.(output) ?? 0;
}
