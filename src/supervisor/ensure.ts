import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { AgentpoolError } from "../domain/errors.ts";
import { isNewer } from "../domain/version.ts";
import type { Home } from "../platform/home.ts";
import { createRpcClient, type Health } from "../rpc/client.ts";
import { failureIn, openBootLog, sizeOf, whyUnwritable, wordsIn } from "./boot-log.ts";
import { birthEnvironment } from "./environment.ts";
import { readHolder, type HolderFacts } from "./facts.ts";
import { inOwnScope } from "./scope.ts";
import { startToken } from "./start-token.ts";

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
/** What comes before listening, the ends of sessions that are lost included, takes less. */
const listenWithinMs = 15_000;
/** systemd starts a scope within milliseconds; without its bus it may never answer. */
const scopeWithinMs = 3_000;
/** Between two tries while another process has the role; it may be starting, or leaving. */
const retryAfterMs = [150, 300, 600, 1_000] as const;
/** A person or the system's memory killer may end one that starts; one that crashes ends them all. */
const endedBySignalAtMost = 3;

/**
 * Makes sure that a supervisor of this version or a newer one answers. Several processes may call
 * it at once: all may start one, one gets the role, the others leave. A stuck holder is ended only
 * when its pid still is the process that took the role.
 * @throws supervisor_unreachable, supervisor_stuck, and what kept the supervisor from taking the
 *   role: store_locked, store_newer, store_failed, disk_full and the like
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
  const started = await start(options);
  if (started) return started;
  const holder = silentHolder(home);
  if (!holder) throw couldNotStart(home, `it did not answer within ${startWithinMs / 1000} s`);
  await endStuck(home);
  const again = await start(options);
  if (again) return again;
  throw couldNotStart(home, `it did not answer within ${startWithinMs / 1000} s, twice`);
}

/** Undefined when nobody answers in time. @throws what kept a process of ours from the role */
async function start(options: EnsureOptions): Promise<Health | undefined> {
  const { home, version } = options;
  const client = createRpcClient({ socketPath: home.supervisorSocket, version });
  const startedAt = Date.now();
  let child = launch(options, { inScope: true });
  let retries = 0;
  let retryAt = 0;
  const signals: string[] = [];
  for (
    let waitMs = 5;
    Date.now() - startedAt < startWithinMs;
    waitMs = Math.min(waitMs * 1.5, 100)
  ) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const health = await client.health({ timeoutMs: answerWithinMs }).catch(() => undefined);
    if (health?.accepting && !isNewer(version, health.version)) return health;
    if (health?.accepting) {
      // an older one was there first: a client of its own had started it
      await client.handover({ timeoutMs: leaveWithinMs });
      continue;
    }
    const left = child.exited();
    if (left === undefined) {
      // whichever of the two comes first takes the role, and the other one leaves
      const isLate = child.inScope && Date.now() - startedAt > scopeWithinMs;
      if (isLate) child = launch(options, { inScope: false });
    } else if (left.code === 0) {
      // another process has the role; it may be leaving at this moment: then start again
      retryAt ||= Date.now() + (retryAfterMs[retries] ?? 1_000);
      if (Date.now() < retryAt) continue;
      retries += 1;
      retryAt = 0;
      child = launch(options, { inScope: child.inScope });
    } else {
      const told = child.failure();
      // SQLite does not say why a file could not be made
      const isVague = told === undefined || told.code === "store_failed";
      const failure = (isVague ? whyUnwritable(home) : undefined) ?? told;
      if (failure) throw failure;
      if (left.signal !== null) {
        signals.push(left.signal);
        if (signals.length === endedBySignalAtMost) {
          throw couldNotStart(home, wasEndedBy(signals), child.words());
        }
        child = launch(options, { inScope: child.inScope });
        continue;
      }
      if (!child.inScope) {
        throw couldNotStart(home, `it exited with code ${left.code}`, child.words());
      }
      child = launch(options, { inScope: false });
    }
  }
  return undefined;
}

type Exit =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: string };

interface Launched {
  /** Started through systemd, which may fail where the supervisor itself would not. */
  readonly inScope: boolean;
  /** How it ended, once it did. */
  readonly exited: () => Exit | undefined;
  /** Why it could not take the role, in its own words. */
  readonly failure: () => AgentpoolError | undefined;
  /** What it wrote to standard error besides. */
  readonly words: () => string;
}

/** Detached from everything a host may end: own session, own log, the home as folder. */
function launch(
  { home, env, entry }: EnsureOptions,
  { inScope }: { readonly inScope: boolean },
): Launched {
  const log = openBootLog(home);
  const before = sizeOf(home.bootLog);
  try {
    const born = {
      ...birthEnvironment(env),
      AGENTPOOL_HOME: home.root,
      // a relative path was meant from where the command stands
      ...(env["AGENTPOOL_CONFIG"] ? { AGENTPOOL_CONFIG: home.config } : {}),
    };
    const argv = inScope ? inOwnScope(entry, born, home.root) : entry;
    const [command, ...args] = argv;
    const child = spawn(command ?? process.execPath, args, {
      detached: true,
      cwd: home.root,
      env: born,
      stdio: ["ignore", log, log],
    });
    let exit: Exit | undefined;
    child.on("exit", (code, signal) => {
      // Node gives exactly one of the two
      exit = signal === null ? { code: code ?? 0, signal } : { code: null, signal };
    });
    child.on("error", () => (exit ??= { code: 127, signal: null }));
    child.unref();
    return {
      inScope: argv !== entry,
      exited: () => exit,
      failure: () => failureIn(home, child.pid, before),
      words: () => wordsIn(home, before),
    };
  } finally {
    closeSync(log);
  }
}

/** Who has had the role for long and does not even listen, if it still is that process. */
function silentHolder(home: Home): HolderFacts | undefined {
  const holder = readHolder(home.supervisorFacts);
  if (!holder || startToken(holder.pid) !== holder.start_token) return undefined;
  if (Date.now() - Date.parse(holder.started_at) < listenWithinMs) return undefined;
  if (!holder.inline) return holder;
  throw new AgentpoolError("store_locked", "Another command acts on this home", {
    why: `Process ${holder.pid} holds the supervisor's role in inline mode.`,
    hint: "Wait until it ended, or use the same AGENTPOOL_SUPERVISOR for both.",
    details: { pid: holder.pid },
  });
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

function wasEndedBy(signals: readonly string[]): string {
  return `it was ended by ${[...new Set(signals)].join(" and ")}, ${signals.length} times`;
}

function couldNotStart(home: Home, why: string, said = ""): AgentpoolError {
  return new AgentpoolError("supervisor_unreachable", "The supervisor could not be started", {
    why: said === "" ? `${why}.` : `${why}: ${said}`,
    hint: "agentpool doctor",
    details: { log: home.log },
  });
}
