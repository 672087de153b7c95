import { AgentpoolError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import { removeOld } from "../operations/session/prune.ts";
import { operations } from "../operations/index.ts";
import type { App } from "../operations/app.ts";
import { Agents } from "../orchestration/agents/agents.ts";
import { Messages } from "../orchestration/messages/messages.ts";
import { TypeMessages } from "../orchestration/messages/type-messages.ts";
import { Approvals } from "../orchestration/approvals/approvals.ts";
import { DayBudgets } from "../orchestration/budgets/day-budgets.ts";
import { runKind } from "../orchestration/kinds/index.ts";
import { RunEnvironments } from "../orchestration/scheduler/environment.ts";
import { RunRequests } from "../orchestration/scheduler/run-requests.ts";
import { Scheduler } from "../orchestration/scheduler/scheduler.ts";
import { standingOf } from "../orchestration/workers/standing.ts";
import { WorkerGroups } from "../orchestration/workers/worker-groups.ts";
import { WorkerRequests, workerEnvironments } from "../orchestration/workers/worker-requests.ts";
import { startExecHelper } from "../platform/exec-helper.ts";
import { configReader } from "../platform/config/reader.ts";
import type { Home } from "../platform/home.ts";
import type { Log } from "../platform/log.ts";
import { serveOperations, type RpcServer } from "../rpc/server.ts";
import type { Health } from "../rpc/wire.ts";
import { Catalogue } from "../provider/discover.ts";
import { BinaryFinder } from "../provider/find-binary.ts";
import { createLocalMachine } from "../runtime/local/machine.ts";
import { createTmuxHost } from "../runtime/tmux/host.ts";
import { serverEpoch } from "../runtime/tmux/server-epoch.ts";
import { Board } from "../orchestration/board/board.ts";
import { TaskSteps } from "../orchestration/board/task-steps.ts";
import { Claims } from "../orchestration/claims/claims.ts";
import { Leases } from "../session/leases/leases.ts";
import { recoverSessions } from "../session/recover.ts";
import { sealLeftovers } from "../session/seal.ts";
import { Starter } from "../session/start.ts";
import { Workers } from "../session/workers.ts";
import { Sessions } from "../session/sessions.ts";
import type { SpawnParts } from "../session/spawn.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { holdLock, type HeldLock } from "../store/sqlite/lock.ts";
import { authenticate } from "./authenticate.ts";
import { composeApp } from "./compose.ts";
import { birthEnvironment } from "./environment.ts";
import { isHandedTo, removeHandover, removeHolder, writeHandover, writeHolder } from "./facts.ts";
import type { HomeLoss } from "./home-watch.ts";
import { keepHouse } from "./housekeeping.ts";
import { notifyPeople } from "./notify/notifier.ts";
import { notificationService } from "./notify/try-ways.ts";
import { endOrphans } from "./orphans.ts";
import { startToken } from "./start-token.ts";

export interface RoleOptions {
  readonly home: Home;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly now: () => number;
  /** Acts inside a command instead of a process of its own: serves no socket, leaves with it. */
  readonly inline: boolean;
  /** Leaves when nothing lived and nobody asked for so long; null for never by itself. */
  readonly idleMs: number | null;
}

export interface Role {
  readonly app: App;
  readonly epoch: number;
  /** Resolves when the role was given up, with the reason. */
  readonly left: Promise<string>;
  leave(because: string): Promise<void>;
}

/**
 * Takes the role of the one process that acts for a home: lock, epoch, store, terminals, sessions
 * of predecessors, socket. Undefined when somebody else holds it, or is about to take it for a newer
 * version.
 */
export async function takeRole(options: RoleOptions): Promise<Role | undefined> {
  const { home, version, log, now, inline } = options;
  if (isHandedTo(home.handover, version, now())) return undefined;
  const lock = holdLock(home.lock);
  if (!lock) return undefined;
  try {
    return await begin(lock);
  } catch (thrown) {
    lock.release();
    throw thrown;
  }

  async function begin(held: HeldLock): Promise<Role> {
    const startedAt = now();
    const opened = await openStore({ file: home.database, mode: "write", now: startedAt });
    const serverEnv = birthEnvironment(options.env);
    const epoch = await opened.meta.raiseEpoch(
      await serverEpoch({ socketPath: home.tmuxSocket, env: serverEnv }),
    );
    const store = leavingWhenOver(opened, () => void leave("another supervisor took over"));
    writeHolder(home.supervisorFacts, {
      pid: process.pid,
      start_token: startToken(process.pid) ?? "",
      version,
      epoch,
      started_at: new Date(startedAt).toISOString(),
      inline,
      config: home.config,
    });
    removeHandover(home.handover, version);
    await opened.commit({
      guards: [],
      writes: [],
      events: [
        {
          sessionId: null,
          at: startedAt,
          body: { type: "supervisor_started", epoch, version, pid: process.pid },
        },
      ],
    });
    log("info", "took the role", { pid: process.pid, epoch, version });

    // an inline role ends with its command, mostly before a helper would have started
    const helper = inline ? undefined : startExecHelper(log);
    const machine = createLocalMachine(helper?.exec);
    // what is on disk may be replaced while the supervisor lives
    await import("../provider/load-definition.ts");
    const catalogue = new Catalogue(home.providers);
    const host = createTmuxHost({
      socketPath: home.tmuxSocket,
      epoch,
      serverEnv,
      machine,
      log,
      now,
    });
    const parts = {
      store,
      host,
      machine,
      home,
      log,
      now,
      provider: async (id: string) => (await catalogue.get(id)).definition,
      config: configReader({ home, env: options.env }),
    };
    const workers = new Workers(parts);
    const starter = new Starter(parts, workers);
    const spawnParts: SpawnParts = {
      ...parts,
      catalogue,
      binaries: new BinaryFinder(machine, home.binaryCache),
      workers,
      starter,
      cannotStart: ({ code }) => {
        // tmux is looked for where the command that started us would find it; the next one may know
        // better, and there is nothing to stay for
        const isLacking = code === "tmux_missing" || code === "tmux_too_old";
        if (isLacking && workers.all.length === 0) leaveSoon("tmux cannot be run from here");
      },
    };

    let accepting = true;
    let leaving: Promise<void> | undefined;
    let server: RpcServer | undefined;
    let resolveLeft: (because: string) => void = () => undefined;
    const left = new Promise<string>((resolve) => (resolveLeft = resolve));

    const leave = (because: string, loss?: HomeLoss): Promise<void> => {
      leaving ??= giveUp(because, loss).finally(() => {
        // whatever went wrong before: a role that is held by nobody who acts would lock the home
        removeHolder(home.supervisorFacts, process.pid);
        helper?.close();
        held.release();
        log("info", "left", { pid: process.pid, because });
        resolveLeft(because);
      });
      return leaving;
    };
    const giveUp = async (because: string, loss: HomeLoss | undefined): Promise<void> => {
      accepting = false;
      const complain = (what: string) => (thrown: unknown) =>
        log("warn", what, { error: String(thrown) });
      stopHousekeeping();
      await scheduler.close();
      await workerGroups.close();
      leases.close();
      approvals.close();
      typing.close();
      claims.close();
      await server?.close();
      await workers.close().catch(complain("sessions could not be left in order"));
      await leaveTerminals(loss).catch(complain("the terminals could not be left in order"));
      await opened
        .commit({
          guards: [],
          writes: [],
          events: [
            { sessionId: null, at: now(), body: { type: "supervisor_stopped", epoch, because } },
          ],
        })
        .catch(complain("the end could not be recorded"));
      await opened.close().catch(complain("the store could not be closed"));
    };

    const leaveTerminals = async (loss: HomeLoss | undefined): Promise<void> => {
      const live = await opened.sessions.live().catch(() => undefined);
      const remaining = loss === "removed" && live ? await endOrphans(parts, live) : live;
      if (remaining?.length !== 0) return host.disconnect();
      return held.place() === "in_place" ? host.shutdown() : host.endUnreachable();
    };

    /** A lock that is not in the home any more keeps nobody from acting there, nor is it ours to. */
    const isHere = (): boolean => ["in_place", "unknown"].includes(held.place());
    const health = (): Health => ({
      version,
      pid: process.pid,
      epoch,
      started_at: new Date(startedAt).toISOString(),
      inline,
      accepting: accepting && isHere(),
    });
    const leaveSoon = (because: string): void => {
      accepting = false;
      // the answer to the one who asked comes first
      setTimeout(() => void leave(because), 20);
    };
    const leases = new Leases(parts);
    const notifications = notificationService({ parts, env: serverEnv });
    const steps = new TaskSteps(store);
    const board = new Board(parts, steps);
    const claims = new Claims(parts, steps, { standing: (id) => standingOf(store, id) });
    const approvals = new Approvals(parts);
    const messages = new Messages(parts);
    const agents = new Agents(parts);
    const sessions = new Sessions(spawnParts);
    const environments = new RunEnvironments(parts);
    const budgets = new DayBudgets({
      ...parts,
      pricesFile: home.prices,
      providerId: async (name) => (await catalogue.get(name)).definition.id,
    });
    store.onCommit((events) => budgets.heard(events));
    const scheduler = new Scheduler({
      ...spawnParts,
      sessions,
      environments,
      budgets,
      kind: runKind,
      pricesFile: home.prices,
    });
    const groupParts = {
      ...spawnParts,
      sessions,
      budgets,
      environments: workerEnvironments(parts),
    };
    const workerGroups = new WorkerGroups(groupParts);
    const runs = new RunRequests({ ...spawnParts, environments, budgets }, scheduler);
    const app = composeApp({
      ...spawnParts,
      version,
      leases,
      notifications,
      sessions,
      runs,
      workerGroups: new WorkerRequests(groupParts, workerGroups),
      board,
      claims,
      approvals,
      messages,
      agents,
      health,
      leaveSoon,
    });
    const typing = new TypeMessages({
      ...parts,
      send: (request, asker) => app.sessions.send(request, asker),
    });
    let stopHousekeeping = (): void => undefined;
    const allPickedUp = await recoverSessions(parts, workers, starter, epoch);
    // after the sessions: what those hold is renewed before anything is over
    await leases.open();
    await claims.open();
    await approvals.open();
    typing.open();
    await scheduler.open();
    await workerGroups.open();
    sealLeftovers(parts, workers).catch((thrown: unknown) => {
      log("warn", "files of ended sessions could not be sealed", { error: String(thrown) });
    });
    const stopKeeping = keepHouse({
      allPickedUp,
      parts,
      workers,
      starter,
      epoch,
      idleMs: options.idleMs,
      isNeeded: () => scheduler.isNeeded || workerGroups.isNeeded,
      connections: () => server?.connections ?? 0,
      lock: held,
      leave,
      removeOld: (endedBefore) =>
        removeOld(
          app,
          {
            principal: { kind: "policy", rule: "retention.sessions_days" },
            idempotencyKey: crypto.randomUUID(),
            signal: new AbortController().signal,
          },
          endedBefore,
          { dryRun: false },
        ),
      endOverdue: ({ id }) =>
        app.sessions.terminate(id, {
          principal: { kind: "policy", rule: "max_runtime_seconds" },
          idempotencyKey: `timed_out:${id}`,
          signal: new AbortController().signal,
        }),
    });
    const stopNotices = notifyPeople({ parts, workers, env: serverEnv });
    stopHousekeeping = () => {
      stopNotices();
      stopKeeping();
    };
    if (!inline) {
      server = await serveOperations({
        socketPath: home.supervisorSocket,
        operations,
        app,
        authenticate: (facts): Promise<Principal> => {
          const live = workers.all.map((worker) => worker.live.session);
          return authenticate({ machine, session: (id) => store.sessions.get(id) }, live, facts);
        },
        health,
        handover: (byVersion) => {
          writeHandover(home.handover, byVersion, now());
          void leave(`handed over to version ${byVersion}`);
          return Promise.resolve();
        },
        subscribeOutput: (ids, listener) => subscribe(workers, ids, listener),
        log,
        now,
      });
    }
    return { app, epoch, left, leave };
  }
}

/** The store; the first commit that is refused because of the epoch ends the role. */
function leavingWhenOver(store: Store, leave: () => void): Store {
  return {
    ...store,
    commit: async (decision) => {
      try {
        return await store.commit(decision);
      } catch (thrown) {
        if (AgentpoolError.from(thrown).code === "stale_epoch") leave();
        throw thrown;
      }
    },
  };
}

function subscribe(
  workers: Workers,
  ids: readonly string[],
  listener: (sessionId: string) => void,
): () => void {
  if (ids.length === 0) return workers.onAnyOutput(listener);
  const undo = ids.map((id) => workers.onOutput(id, () => listener(id)));
  return () => {
    for (const one of undo) one();
  };
}
