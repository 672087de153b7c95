import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Lists the sessions of a store with one in it once, so that the machine code bin/run-bundle.cjs keeps is
 * that of the command typed most often and not of whichever happens to be first.
 */
export async function warmCommandLine({ root, dist }) {
  const load = (path) => import(pathToFileURL(join(dist, "src", path)).href);
  const { openStore } = await load("store/open.js");
  const { homeFrom } = await load("platform/home.js");
  const home = mkdtempSync(join(tmpdir(), "agentpool-build-"));
  try {
    const file = homeFrom({ AGENTPOOL_HOME: home }).database;
    const store = await openStore({ file, mode: "write", now: Date.now() });
    // what lists, reads and prints a session is compiled only where there is one
    const writes = [{ noun: "session", insert: endedSession(Date.now()) }];
    const { ok } = await store.commit({ guards: [], writes, events: [] });
    if (!ok) throw new Error("an empty store takes no session");
    await store.close();
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

/** As much of a session as a list shows. */
function endedSession(now) {
  return {
    id: "ap_000000000001",
    version: 1,
    providerId: "fake",
    role: "explorer",
    task: "say hello",
    initialPromptMode: "send_after_launch",
    workspace: { mode: "read_only", repoPath: "/repo", workPath: "/repo", branch: null },
    channels: [],
    envNames: [],
    state: "completed",
    stateSource: "operation",
    stateConfidence: "certain",
    stateBecause: "it was closed",
    stateAt: now,
    turnCount: 1,
    turnsSent: 1,
    backgroundJobs: 0,
    author: "person",
    supervision: "interactive",
    createdAt: now,
    updatedAt: now,
    endedAt: now,
  };
}
