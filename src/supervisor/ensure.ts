import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";
import type { Home } from "../platform/home.ts";
import { createRpcClient, type Health } from "../rpc/client.ts";
import { birthEnvironment } from "./environment.ts";
import { readHolder } from "./facts.ts";
import { inOwnScope } from "./scope.ts";
import { startToken } from "./start-token.ts";
import { isNewer } from "../domain/version.ts";

export interface EnsureOptions {
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** argv of the detached process. */
  readonly entry: readonly string[];
}

const startWithinMs = 20_000;
/** A supervisor that accepts a connection and says nothing for so long is stuck. */
const answerWithinMs = 5_000;
const leaveWithinMs = 15_000;

/**
 * Makes sure that a supervisor of this version or a newer one answers. Several processes may call
 * it at once: all may start one, one gets the role, the others leave. A stuck holder is ended only
 * when its pid still is the process that took the role.
 * @throws supervisor_unreachable, supervisor_stuck
 */
export async function ensureSupervisor(options: EnsureOptions): Promise<Health> {
  const { home, version } = options;
  const client = createRpcClient({ socketPath: home.supervisorSocket, version });
  const health = await client
    .health({ timeoutMs: answerWithinMs })
    .catch(async (thrown: unknown) => {
      if (thrown instanceof AgentpoolError && thrown.code === "supervisor_stuck") {
        await endStuck(home);
        return undefined;
      }
      throw thrown;
    });
  if (health?.accepting && !isNewer(version, health.version)) return health;
  if (health?.accepting) await client.handover({ timeoutMs: leaveWithinMs });
  return start(options);
}

async function start(options: EnsureOptions): Promise<Health> {
  const { home, version } = options;
  const client = createRpcClient({ socketPath: home.supervisorSocket, version });
  const until = Date.now() + startWithinMs;
  let child = launch(options);
  for (let waitMs = 5; Date.now() < until; waitMs = Math.min(waitMs * 1.5, 100)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const health = await client.health({ timeoutMs: answerWithinMs }).catch(() => undefined);
    if (health?.accepting && !isNewer(version, health.version)) return health;
    const left = child.exited();
    if (left === undefined) continue;
    if (left !== 0) throw couldNotStart(home, `it exited with code ${left}`);
    // Another process had the role. It may be leaving at this moment: then start again.
    child = launch(options);
  }
  throw couldNotStart(home, `it did not answer within ${startWithinMs / 1000} s`);
}

interface Launched {
  /** Exit code once it left, -1 for a signal. */
  readonly exited: () => number | undefined;
}

/** Detached from everything a host may end: own session, own log, the home as folder. */
function launch({ home, env, entry }: EnsureOptions): Launched {
  for (const folder of [home.root, dirname(home.log)]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  const log = openSync(`${home.log}.boot`, "w", 0o600);
  try {
    const born = { ...birthEnvironment(env), AGENTPOOL_HOME: home.root };
    const [command, ...args] = inOwnScope(entry, born, home.root);
    const child = spawn(command ?? process.execPath, args, {
      detached: true,
      cwd: home.root,
      env: born,
      stdio: ["ignore", log, log],
    });
    let code: number | undefined;
    child.on("exit", (exitCode) => (code = exitCode ?? -1));
    child.on("error", () => (code = 127));
    child.unref();
    return { exited: () => code };
  } finally {
    closeSync(log);
  }
}

async function endStuck(home: Home): Promise<void> {
  const holder = readHolder(home.supervisorFacts);
  if (!holder || startToken(holder.pid) !== holder.start_token) {
    throw new AgentpoolError("supervisor_stuck", "The supervisor does not answer", {
      why: "Something listens on its socket, and the process that took the role is not there any more.",
      hint: `Look who holds it: lsof ${home.supervisorSocket}`,
    });
  }
  process.kill(holder.pid, "SIGKILL");
  const until = Date.now() + 5_000;
  while (startToken(holder.pid) === holder.start_token && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function couldNotStart(home: Home, why: string): AgentpoolError {
  let said = "";
  try {
    said = readFileSync(`${home.log}.boot`, "utf8").trim().split("\n").slice(-3).join(" ");
  } catch {
    // it left no word
  }
  return new AgentpoolError("supervisor_unreachable", "The supervisor could not be started", {
    why: said === "" ? `${why}.` : `${why}: ${said}`,
    hint: "agentpool doctor",
    details: { log: home.log },
  });
}
