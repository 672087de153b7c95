import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));
/** The command as users run it. */
export const agentpoolBin = fileURLToPath(new URL("../../bin/agentpool.cjs", import.meta.url));

/** Builds dist/ from the present sources, unless it already is. @throws Error with tsc's words */
export function ensureBuilt(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: repository,
    encoding: "utf8",
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}
