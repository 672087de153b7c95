import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Lists the sessions of an empty store once, so that the machine code bin/command-line.cjs keeps is
 * that of the command typed most often and not of whichever happens to be first.
 */
export async function warmCommandLine({ root, dist }) {
  const load = (path) => import(pathToFileURL(join(dist, "src", path)).href);
  const { openStore } = await load("store/open.js");
  const { homeFrom } = await load("platform/home.js");
  const home = mkdtempSync(join(tmpdir(), "agentpool-build-"));
  try {
    const file = homeFrom({ AGENTPOOL_HOME: home }).database;
    await (await openStore({ file, mode: "write", now: Date.now() })).close();
    const env = { ...process.env, AGENTPOOL_HOME: home, AGENTPOOL_SUPERVISOR: "" };
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, "bin", "agentpool.cjs"), "sessions", "--json"],
      { env, encoding: "utf8" },
    );
    if (status !== 0) throw new Error(`the built command does not work: ${stderr}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
