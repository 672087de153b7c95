import type { Operation } from "../../../operations/define.ts";
import { runInteractive } from "../../../platform/exec.ts";
import { isTerminal, writeErr, writeOut } from "../io.ts";
import type { Shell } from "../shell.ts";

interface AttachInfo {
  readonly session_id: string;
  readonly attach_command: string;
  readonly attach_kind: string;
  readonly argv: readonly string[];
  readonly detach_keys: string;
}

/**
 * Attaches the terminal to the session's pane and gives the exit status of what ran. Where there
 * is no terminal it prints the command that would.
 */
export async function attach(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const info = (await shell.ask(operation, input)) as AttachInfo;
  if (!isTerminal("stdin") || !isTerminal("stdout")) {
    writeOut(`${info.attach_command}\n`);
    return 0;
  }
  const kind = info.attach_kind === "read_write" ? "your keys reach the agent" : "looking only";
  writeErr(shell.style.dim(`${info.session_id}: ${kind}; leave with ${info.detach_keys}\n`));
  return runInteractive(info.argv, { env: withoutOuterTmux(shell.env) });
}

/** Inside a tmux of the user's own, tmux would refuse to nest; this is another server. */
function withoutOuterTmux(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[0] !== "TMUX" && entry[0] !== "TMUX_PANE",
  );
  return Object.fromEntries(kept);
}
