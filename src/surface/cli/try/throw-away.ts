import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { pause } from "../../../platform/clock.ts";
import { homeFrom, type Home } from "../../../platform/home.ts";
import type { Caller } from "../../../rpc/wire.ts";
import { writeErr } from "../io.ts";
import type { Shell } from "../shell.ts";
import { supervised } from "../supervised.ts";
import { findLeftBehind, markThrowAway, removeLeftBehind } from "./left-behind.ts";
import { makeRepository } from "./repository.ts";

interface ThrowAway {
  readonly caller: Caller;
  readonly home: Home;
  /** This process's environment, with the home in it. */
  readonly env: Readonly<Record<string, string>>;
  /** A git repository with one commit. */
  readonly repository: string;
  /** A folder beside it, where nothing is. */
  readonly folder: string;
  /** A person pressed Ctrl-C. */
  readonly signal: AbortSignal;
}

interface Wanted {
  /** Stands in the folder's name. */
  readonly name: string;
  /** Nothing is ended or removed. */
  readonly keep: boolean;
  /** The home to use instead of one that is thrown away as well. */
  readonly home?: Home;
  /** Makes the folder ready, before anything is started. */
  readonly prepare?: (home: Home) => void;
}

/**
 * Runs work in a repository and a home of its own below the temporary folder, and takes all of it
 * away: sessions, worktrees, the supervisor, the folder.
 */
export async function inThrowAway<T>(
  shell: Shell,
  wanted: Wanted,
  work: (place: ThrowAway) => Promise<T>,
): Promise<T> {
  await removeForgotten();
  const folder = mkdtempSync(join(tmpdir(), `agentpool-${wanted.name}-`));
  if (!wanted.keep) markThrowAway(folder);
  const home = wanted.home ?? homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  const env = {
    ...Object.fromEntries(
      Object.entries(shell.env).filter((one): one is [string, string] => one[1] !== undefined),
    ),
    AGENTPOOL_HOME: home.root,
    // how many a person wants at work at once is said of their own home; all of these begin together
    ...(wanted.home ? {} : { AGENTPOOL_MAX_PARALLEL_SESSIONS: "64" }),
  };
  const repository = join(folder, "repository");
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    await makeRepository(repository, env);
    wanted.prepare?.(home);
    return await supervised({ ...shell, home, env }).with(async (caller) => {
      try {
        return await work({ caller, home, env, repository, folder, signal: stop.signal });
      } finally {
        // what went wrong before is told, and not that this could not be tidied up after it
        if (!wanted.keep) {
          await cleanUp(caller).catch((thrown: unknown) =>
            writeErr(`not all was removed: ${AgentpoolError.from(thrown).message}\n`),
          );
        }
      }
    });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    if (!wanted.keep) await remove(folder);
  }
}

/** What a killed command could not take away goes with the next one. */
async function removeForgotten(): Promise<void> {
  for (const left of findLeftBehind()) {
    try {
      await removeLeftBehind(left);
      writeErr(`removed ${left.folder}, which a command that was killed had left\n`);
    } catch (thrown) {
      writeErr(`${left.folder} could not be removed: ${AgentpoolError.from(thrown).message}\n`);
    }
  }
}

/** Ends what was started. */
async function cleanUp(caller: Caller): Promise<void> {
  const { sessions } = (await caller.call("session.list", { input: { limit: 500 } })) as {
    readonly sessions: readonly { readonly id: string; readonly worktree_path: string | null }[];
  };
  await Promise.all(
    sessions.map(async ({ id, worktree_path: worktree }) => {
      await terminate(caller, id);
      if (worktree === null) return;
      await caller.call("worktree.cleanup", { input: { session_id: id, force: true } });
    }),
  );
  const { pid } = (await caller.call("supervisor.status", { input: {} })) as {
    readonly pid: number | null;
  };
  await caller.call("supervisor.stop", { input: {} });
  if (pid !== null && pid !== process.pid) await gone(pid);
}

/** A session that is being started while another one failed ends a moment later. */
async function terminate(caller: Caller, id: string): Promise<void> {
  for (let triesLeft = 50; ; triesLeft--) {
    try {
      await caller.call("session.terminate", { input: { session_id: id } });
      return;
    } catch (thrown) {
      const { code } = AgentpoolError.from(thrown);
      if (code !== "session_busy" || triesLeft === 0) throw thrown;
    }
    await pause(100, { keepAlive: true });
  }
}

/** Agents that are just ending may still make a file while their folder is removed. */
async function remove(folder: string): Promise<void> {
  for (let triesLeft = 100; ; triesLeft--) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "ENOTEMPTY" || triesLeft === 0) throw thrown;
    }
    await pause(20, { keepAlive: true });
  }
}

/** It writes to its home until its last moment; only then can the folder be removed. */
async function gone(pid: number): Promise<void> {
  const until = Date.now() + 5_000;
  while (Date.now() < until) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(20, { keepAlive: true });
  }
}
