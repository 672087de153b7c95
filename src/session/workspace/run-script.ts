import { basename } from "node:path/posix";
import { AgentpoolError } from "../../domain/errors.ts";
import { redactFile } from "../../platform/redact-file.ts";
import type { ExecResult, Machine } from "../../runtime/machine.ts";

export interface Script {
  /** For `sh -e`: ends with the first command that fails. */
  readonly text: string;
  readonly cwd: string;
  /** Whole environment of it; the machine's own when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to that. */
  readonly names: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Where its output is kept, redacted. */
  readonly log: string;
  /** Values that must not stand there. */
  readonly secrets?: readonly string[];
}

export interface ScriptEnd {
  readonly exitCode: number | null;
  /** Why it counts as failed, with the end of its output; null when it went well. */
  readonly failedBecause: string | null;
}

const tailBytes = 4_096;
const tailLines = 8;

/**
 * Runs a script of the person's to its end and keeps what it wrote.
 */
export async function runScript(machine: Machine, script: Script): Promise<ScriptEnd> {
  const { text, cwd, env, names, timeoutMs, log, secrets = [] } = script;
  const words = Object.entries(names).map(([name, value]) => `${name}=${value}`);
  let ended: Pick<ExecResult, "exitCode" | "signal"> | undefined;
  let failure: AgentpoolError | undefined;
  try {
    ended = await machine.exec(["env", ...words, "sh", "-ec", `exec 2>&1\n${text}`], {
      cwd,
      timeoutMs,
      outputFile: log,
      ...(env === undefined ? {} : { env }),
    });
  } catch (thrown) {
    failure = AgentpoolError.from(thrown);
    if (failure.code !== "exec_failed") throw failure;
  }
  await redactFile(machine, log, log, { known: secrets });
  if (ended?.exitCode === 0) return { exitCode: 0, failedBecause: null };
  const how = ended
    ? ended.exitCode === null
      ? `it got ${ended.signal ?? "a signal"}`
      : `it ended with code ${ended.exitCode}`
    : failure?.details?.["timed_out"] === true
      ? `it did not end within ${timeoutMs / 1000} s`
      : (failure?.message ?? "it failed");
  const tail = await endOf(machine, log);
  return {
    exitCode: ended?.exitCode ?? null,
    failedBecause: tail === "" ? `${how}, and wrote nothing` : `${how}; it wrote last: ${tail}`,
  };
}

/** Last lines of a file in one. */
async function endOf(machine: Machine, file: string): Promise<string> {
  const size = (await machine.stat(file))?.sizeBytes ?? 0;
  const bytes = await machine.read(file, Math.max(0, size - tailBytes), tailBytes);
  return Buffer.from(bytes ?? [])
    .toString("utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-tailLines)
    .join(" | ");
}

/** What is thrown where a script that must succeed did not. */
export function scriptFailed(
  what: string,
  { failedBecause }: ScriptEnd,
  log: string,
): AgentpoolError {
  return new AgentpoolError("worktree_script_failed", `${what} failed`, {
    why: `${failedBecause ?? ""}.`,
    hint: `See ${basename(log)}, all that it wrote: ${log}`,
    details: { log },
  });
}
