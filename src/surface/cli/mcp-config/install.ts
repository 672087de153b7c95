import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { exec } from "../../../platform/exec.ts";
import type { FilledHost } from "./fill.ts";
import type { McpHost } from "./hosts.ts";

export interface Installed {
  readonly by: "command" | "file" | "nothing";
  /** What was done, in one line. */
  readonly did: string;
}

const withinMs = 60_000;

/**
 * Sets the server up by the host's own command. A host without one gets its file written only
 * where there is none: a file of the user's is never written over, since comments and order in it
 * would be lost.
 * @throws exec_failed, conflict, invalid_input
 */
export async function installInto(
  host: McpHost,
  filled: FilledHost,
  where: {
    readonly path: string | null;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    /** Nothing is run or written; `did` says what would be done. */
    readonly dryRun: boolean;
  },
): Promise<Installed> {
  const { path, dryRun } = where;
  if (filled.install) {
    if (!dryRun) return runCommand(host, filled.install, where);
    return { by: "nothing", did: `would run ${filled.install.join(" ")}` };
  }
  if (path === null) {
    throw new AgentpoolError("invalid_input", `${host.name} has no place to install into`, {
      hint: "Name your host: agentpool mcp-config --client cursor --install",
    });
  }
  if (!existsSync(path)) {
    if (dryRun) return { by: "nothing", did: `would write ${path}` };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${filled.text}\n`, { flag: "wx", mode: 0o600 });
    return { by: "file", did: `wrote ${path}` };
  }
  if (holds(readFileSync(path, "utf8"), filled.config)) {
    return { by: "nothing", did: `${path} says so already` };
  }
  throw new AgentpoolError("conflict", `${path} is there already`, {
    why: `${host.name} has no command that adds a server, and a file of yours is not rewritten.`,
    hint: filled.link
      ? `Open ${filled.link}, or add this by hand: agentpool mcp-config --client ${host.id}`
      : `Add this by hand: agentpool mcp-config --client ${host.id}`,
    details: { path, config: filled.config },
  });
}

async function runCommand(
  host: McpHost,
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Installed> {
  const { exitCode, stdout, stderr } = await exec(argv, { timeoutMs: withinMs, cwd, env });
  const said = `${stdout}\n${stderr}`.trim();
  if (exitCode === 0) return { by: "command", did: said.split("\n").at(-1) || argv.join(" ") };
  throw new AgentpoolError("exec_failed", `${host.name} did not take the server`, {
    why: said.slice(-2_000) || `${argv[0]} ended with ${exitCode}`,
    hint: `agentpool mcp-config --client ${host.id}`,
    details: { argv, exit_code: exitCode },
  });
}

/** Whether the file, where it is plain JSON, has all of this in it. */
function holds(text: string, config: unknown): boolean {
  try {
    return includes(JSON.parse(text), config);
  } catch {
    return false;
  }
}

function includes(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) {
    return JSON.stringify(value) === JSON.stringify(wanted);
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(wanted).every(([name, one]) =>
    includes((value as Readonly<Record<string, unknown>>)[name], one),
  );
}
