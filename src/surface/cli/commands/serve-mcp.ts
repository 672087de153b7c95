import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOwnToken, sessionOfToken, toolsetVariable } from "../../../platform/own-token.ts";
import { readToolset } from "../../mcp/session-tools.ts";
import { toolsListedVariable, type SessionToolset } from "../../../domain/toolset.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { runMcp } from "../../mcp/main.ts";
import type { McpManifest } from "../../mcp/manifest.ts";
import { writeErr } from "../io.ts";
import type { Values } from "../parse-values.ts";
import type { Shell } from "../shell.ts";

/** Serves MCP on standard input and output until the host goes away. */
export async function serveMcp(shell: Shell, values: Values): Promise<number> {
  const manifest = JSON.parse(readFileSync(join(shell.dist, "mcp.json"), "utf8")) as McpManifest;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => stop.abort());
  }
  const token = readOwnToken(shell.home, shell.env);
  await shell.supervised.with(async (caller) => {
    const toolset = token === undefined ? null : await toolsetOf(shell, { token, caller });
    await runMcp({
      manifest,
      caller,
      version: shell.version,
      env: shell.env,
      cwd: shell.cwd,
      stdin: process.stdin,
      stdout: process.stdout,
      log: (line) => writeErr(`agentpool mcp: ${line}\n`),
      flags: {
        ...(values["toolsets"] ? { toolsets: values["toolsets"] as string[] } : {}),
        ...(values["tools"] ? { tools: values["tools"] as string[] } : {}),
        ...(values["coordinator"] ? { coordinator: values["coordinator"] as string } : {}),
        ...(values["lockdown"] ? { lockdown: true } : {}),
        ...(values["no_output_schemas"] ? { outputSchemas: false } : {}),
      },
      ...(toolset === null ? {} : { toolset }),
      onListed: () => leaveMark(shell.env[toolsListedVariable]),
      signal: stop.signal,
    });
  });
  return 0;
}

/**
 * The toolset of the session whose token this process carries. The variable beside it saves asking;
 * without it nothing is offered before the supervisor said what the session may do.
 * @throws session_token_forged, session_token_stale, session_ended
 */
async function toolsetOf(
  { env, cwd }: Pick<Shell, "env" | "cwd">,
  { token, caller }: { readonly token: string; readonly caller: Pick<Caller, "call"> },
): Promise<SessionToolset | null> {
  const told = readToolset(env[toolsetVariable]);
  if (told !== undefined) return told;
  // what is no token is told so before anybody looks for its session
  const input = { session_id: sessionOfToken(token) ?? token };
  const shown = await caller.call("session.show", { input, env: {}, cwd });
  return (shown as { readonly session: { readonly toolset: SessionToolset | null } }).session
    .toolset;
}

/** For who waits until the agent has its tools; nothing depends on it that would not end by itself. */
function leaveMark(path: string | undefined): void {
  if (path === undefined || path === "") return;
  try {
    writeFileSync(path, "", { mode: 0o600 });
  } catch {
    // the session's folder went meanwhile
  }
}
