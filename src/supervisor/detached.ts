import { existsSync, writeSync } from "node:fs";
import { AgentpoolError } from "../domain/errors.ts";
import { homeFrom } from "../platform/home.ts";
import { openLog, type LogLevel } from "../platform/log.ts";
import { packageVersion } from "../platform/package-version.ts";
import { failureLine } from "./boot-log.ts";
import { takeRole } from "./role.ts";

const defaultIdleSeconds = 60;

/** The detached process: takes the role, or leaves at once when another has it. */
async function act(started: () => void): Promise<void> {
  process.umask(0o077);
  process.title = "agentpool supervisor";
  const home = homeFrom(process.env);
  const log = openLog(home.log, logLevel(process.env["AGENTPOOL_LOG"]), Date.now);
  process.on("unhandledRejection", (thrown) => {
    log("error", "a promise was rejected unseen", { error: describe(thrown) });
  });
  const idle = Number(process.env["AGENTPOOL_SUPERVISOR_IDLE_SECONDS"] ?? defaultIdleSeconds);
  const role = await takeRole({
    home,
    version: packageVersion(),
    env: process.env,
    log,
    now: Date.now,
    inline: false,
    idleMs: Number.isFinite(idle) && idle > 0 ? idle * 1000 : null,
  });
  if (!role) return;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => void role.leave(`it received ${signal}`));
  }
  // a login that ends must not end what runs detached from it
  process.on("SIGHUP", () => undefined);
  started();
  const because = await role.left;
  // the log is written by its path; this file is open, wherever the home went
  if (!existsSync(home.log)) writeSync(2, `${because}\n`);
}

function logLevel(text: string | undefined): LogLevel {
  return text === "debug" || text === "warn" || text === "error" ? text : "info";
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

/**
 * Is the process from its first to its last moment.
 * @param started told once it answers; whoever leaves the role to another never does
 */
export async function main(started: () => void): Promise<never> {
  try {
    await act(started);
  } catch (thrown) {
    try {
      // synchronous: nothing is to come after it
      writeSync(
        2,
        thrown instanceof AgentpoolError ? failureLine(thrown) : `${describe(thrown)}\n`,
      );
    } catch {
      // on a full disk nobody can be told; who waits for us finds that out
    }
    process.exit(1);
  }
  process.exit(0);
}
