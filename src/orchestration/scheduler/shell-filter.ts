import { AgentpoolError, messageWithWhy } from "../../domain/errors.ts";
import type { ShellFilter } from "../../domain/task.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Environment } from "./environment.ts";

export type Filtered =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly because: string; readonly mayRetry: boolean };

/** Runs the command through which a pipeline's text goes, with the text as its standard input. */
export async function runFilter(
  machine: SessionParts["machine"],
  { command, timeoutMs, maxBytes }: ShellFilter,
  given: { readonly cwd: string; readonly input: string; readonly env: Environment },
): Promise<Filtered> {
  const ended = await machine
    .exec(["/bin/sh", "-c", command], { ...given, timeoutMs, maxBytes })
    .catch((thrown: unknown) => AgentpoolError.from(thrown));
  if (ended instanceof AgentpoolError) {
    return { ok: false, because: messageWithWhy(ended), mayRetry: true };
  }
  if (ended.truncated) {
    return { ok: false, because: `it wrote more than ${maxBytes} bytes`, mayRetry: false };
  }
  if (ended.exitCode === 0) return { ok: true, output: ended.stdout };
  const said = ended.stderr.trim().slice(-500);
  const how = ended.exitCode === null ? `signal ${ended.signal}` : `exit code ${ended.exitCode}`;
  const because = `the command ended with ${how}${said === "" ? "" : `: ${said}`}`;
  return { ok: false, because, mayRetry: true };
}
