import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import { exec } from "../../platform/exec.ts";
import type { Reply } from "./control-client.ts";
import { quote } from "./quote.ts";

export interface ForkedOptions {
  /** tmux with the socket's path. */
  readonly tmux: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/**
 * Runs commands by one short-lived tmux client, which reads them from its input in the same
 * spelling as a control client does; for the time in which there is no control client.
 * @throws terminal_failed when tmux does not end in time
 */
export async function askForked(
  commands: readonly string[],
  { tmux, env, timeoutMs }: ForkedOptions,
): Promise<Reply> {
  const end = `ap:${randomBytes(6).toString("hex")}`;
  const input = commands
    .map((command) => `${command}\ndisplay-message -p ${quote(end)}\n`)
    .join("");
  const argv = [...tmux, "source-file", "-"];
  const result = await exec(argv, { timeoutMs, env, input }).catch((thrown: unknown) => {
    throw new AgentpoolError("terminal_failed", "tmux gave no answer", {
      why: AgentpoolError.from(thrown).message,
      cause: thrown,
    });
  });
  const blocks: (readonly string[])[] = [];
  let lines: string[] = [];
  for (const line of result.stdout.split("\n").slice(0, -1)) {
    if (line === end) {
      blocks.push(lines);
      lines = [];
    } else {
      lines.push(line);
    }
  }
  const said = result.stderr.trim();
  const failed = said !== "" || (result.exitCode !== 0 && blocks.length < commands.length);
  return { blocks, error: failed ? said || `tmux ended with code ${result.exitCode}` : undefined };
}

/** Whether a message of a tmux client means that no server runs on its socket. */
export function saysNoServer(message: string): boolean {
  return /no server running|error connecting|server exited|lost server|No such file or directory/.test(
    message,
  );
}
