import { readFileSync } from "node:fs";
import { join } from "node:path";
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
  await shell.supervised.with((caller) =>
    runMcp({
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
      signal: stop.signal,
    }),
  );
  return 0;
}
