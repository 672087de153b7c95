import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { isExecutable } from "../platform/executable.ts";

/**
 * On hosts with systemd a login's processes are ended with the login. There the supervisor, and
 * through it tmux and all agents, starts in a user scope of its own. Elsewhere the very same argv is
 * returned. systemd may refuse or never answer; the caller then starts it without.
 */
export function inOwnScope(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  homeRoot: string,
): readonly string[] {
  const runtime = env["XDG_RUNTIME_DIR"];
  if (process.platform !== "linux" || !runtime) return argv;
  try {
    accessSync(join(runtime, "systemd", "private"), constants.F_OK);
  } catch {
    return argv;
  }
  const program = (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "systemd-run"))
    .find(isExecutable);
  if (program === undefined) return argv;
  return [
    program,
    "--user",
    "--scope",
    "--quiet",
    "--collect",
    `--description=agentpool supervisor (${homeRoot})`,
    "--",
    ...argv,
  ];
}
