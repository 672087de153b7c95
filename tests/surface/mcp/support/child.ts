import { readFileSync } from "node:fs";
import { createRpcClient } from "../../../../src/rpc/client.ts";
import { runMcp } from "../../../../src/surface/mcp/main.ts";
import type { McpManifest } from "../../../../src/surface/mcp/manifest.ts";

/** A server as `agentpool mcp` runs it, for the supervisor on a given socket. */
const [manifestFile = "", socketPath = "", ...words] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => stop.abort());
}
await runMcp({
  manifest: JSON.parse(readFileSync(manifestFile, "utf8")) as McpManifest,
  caller: createRpcClient({ socketPath, version: "1.2.3" }),
  version: "1.2.3",
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  log: (line) => process.stderr.write(`agentpool mcp: ${line}\n`),
  flags: { lockdown: words.includes("--lockdown") },
  signal: stop.signal,
});
process.exit(0);
