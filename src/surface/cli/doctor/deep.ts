import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { pause } from "../../../platform/clock.ts";
import { exec } from "../../../platform/exec.ts";
import type { Home } from "../../../platform/home.ts";
import { openStore } from "../../../store/open.ts";
import { connect } from "../../../store/sqlite/connection.ts";
import { checked, type Check } from "./check.ts";

type Environment = Readonly<Record<string, string>>;

/** Checks that use what the others only look at, in a folder of their own that goes again. */
export async function deepChecks(home: Home, env: Environment): Promise<Check[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentpool-doctor-"));
  try {
    return await Promise.all([
      checked("tmux round trip", () => useTmux(join(folder, "t"), env)),
      checked("sqlite round trip", () => useStore(join(folder, "s.db"))),
      checked("home is writable", () => writeInto("home is writable", home.root)),
      checked("artifacts are writable", () =>
        writeInto("artifacts are writable", dirname(home.session("x").root)),
      ),
      checked("store opens", () => openTheStore(home)),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const patienceMs = 3_000;

/** Starts a server, lets a pane write a word, and reads it from the screen. */
async function useTmux(socket: string, env: Environment): Promise<Check> {
  const name = "tmux round trip";
  const startedAt = performance.now();
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const argv = ["tmux", "-S", socket, "-f", "/dev/null", ...words];
    const { exitCode, stdout, stderr } = await exec(argv, { timeoutMs: patienceMs, env });
    if (exitCode !== 0) throw new Error(`tmux ${words[0]}: ${stderr.trim()}`);
    return stdout;
  };
  try {
    await tmux("new-session", "-d", "printf '%s' agentpool; exec sleep 30");
    while (performance.now() - startedAt < patienceMs) {
      if ((await tmux("capture-pane", "-p")).includes("agentpool")) {
        const ms = Math.round(performance.now() - startedAt);
        return { name, status: "ok", message: `a pane was started and read in ${ms} ms` };
      }
      await pause(20, { keepAlive: true });
    }
    const message = `a pane showed nothing for ${patienceMs / 1000} s`;
    return { name, status: "fail", message, repair: "tmux -V, and try another version of tmux" };
  } finally {
    await tmux("kill-server").catch(() => "it never started");
  }
}

function useStore(file: string): Check {
  writeFileSync(file, "", { mode: 0o600 });
  const connection = connect(file, false);
  try {
    connection.exec("CREATE TABLE words (word TEXT)");
    connection.prepare("INSERT INTO words VALUES (?)").run("agentpool");
    const row = connection.prepare("SELECT word FROM words").get();
    if (row?.["word"] !== "agentpool") throw new Error("SQLite gave back something else");
    return {
      name: "sqlite round trip",
      status: "ok",
      message: `a row was written and read with ${connection.driver}`,
    };
  } finally {
    connection.close();
  }
}

function writeInto(name: string, folder: string): Check {
  if (!existsSync(folder))
    return { name, status: "ok", message: `${folder}, made when it is needed` };
  const file = join(folder, `.doctor.${process.pid}`);
  try {
    writeFileSync(file, "", { mode: 0o600 });
    return { name, status: "ok", message: `a file was written into ${folder} and removed` };
  } finally {
    rmSync(file, { force: true });
  }
}

/** Reads from it what every command reads. @throws store_newer, store_failed */
async function openTheStore(home: Home): Promise<Check> {
  const name = "store opens";
  let store;
  try {
    store = await openStore({ file: home.database, mode: "read", now: Date.now() });
  } catch (thrown) {
    if (!(thrown instanceof AgentpoolError) || thrown.code !== "store_not_found") throw thrown;
    return { name, status: "ok", message: "made when it is needed" };
  }
  try {
    const { total } = await store.sessions.list({ limit: 1, offset: 0 });
    const live = (await store.sessions.live()).length;
    const events = await store.events.last();
    const message = `${total} sessions (${live} live), ${events} events`;
    return { name, status: "ok", message };
  } finally {
    await store.close();
  }
}
