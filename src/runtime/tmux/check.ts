import { readFile } from "node:fs/promises";
import { AgentpoolError } from "../../domain/errors.ts";
import { exec } from "../../platform/exec.ts";
import { installCommand, isTooOld, parseTmuxVersion } from "./version.ts";

const timeoutMs = 5_000;

/**
 * Asks the installed tmux for its version.
 * @returns its text (`3.3a`), or what it said where that holds no number
 * @throws tmux_missing, tmux_too_old
 */
export async function checkTmux(
  binary: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const said = await exec([binary, "-V"], { timeoutMs, env }).catch((thrown: unknown) => thrown);
  if (said instanceof Error) {
    throw new AgentpoolError("tmux_missing", `${binary} could not be run`, {
      why: said instanceof AgentpoolError ? (said.why ?? said.message) : said.message,
      hint: installCommand(process.platform, await osRelease()),
      cause: said,
    });
  }
  const text = (said as { readonly stdout: string }).stdout.trim();
  const version = parseTmuxVersion(text);
  if (version && isTooOld(version)) {
    throw new AgentpoolError("tmux_too_old", `tmux ${version.text} is too old`, {
      why: "agentpool needs tmux 3.2 or newer.",
      hint: installCommand(process.platform, await osRelease()),
      details: { version: version.text },
    });
  }
  return version?.text ?? text;
}

async function osRelease(): Promise<string> {
  return readFile("/etc/os-release", "utf8").catch(() => "");
}
