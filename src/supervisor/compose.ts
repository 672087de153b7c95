import { isAbsolute, resolve } from "node:path";
import type { EventBody } from "../domain/event.ts";
import { isLive } from "../domain/session.ts";
import type {
  App,
  NotificationService,
  SupervisorStatus,
  WorktreeService,
} from "../operations/app.ts";
import { createProviderService } from "../provider/provider-service.ts";
import type { Health } from "../rpc/wire.ts";
import { LeaseRequests } from "../session/leases/requests.ts";
import type { Leases } from "../session/leases/leases.ts";
import { tearDownWorktree } from "../session/prepare-worktree.ts";
import { Sessions } from "../session/sessions.ts";
import type { SpawnParts } from "../session/spawn.ts";
import { sweepOrphans } from "../session/orphans/sweep-orphans.ts";
import { refreshUsage } from "../session/usage/refresh.ts";
import { usageRules } from "../session/usage/rules.ts";
import { lookAtFinish } from "../session/workspace/finish.ts";
import { scriptFailed } from "../session/workspace/run-script.ts";
import { removeSnapshot } from "../session/workspace/snapshot.ts";
import { cleanupWorktree } from "../session/workspace/worktree-cleanup.ts";
import { listWorktrees } from "../session/workspace/worktree-list.ts";

export interface AppParts extends SpawnParts {
  readonly version: string;
  readonly leases: Leases;
  readonly notifications: NotificationService;
  readonly health: () => Health;
  readonly leaveSoon: (because: string) => void;
}

/** Puts the rooms together into what operations act on. Only constructs. */
export function composeApp(parts: AppParts): App {
  return {
    version: parts.version,
    home: parts.home,
    config: parts.config,
    store: parts.store,
    now: parts.now,
    sessions: new Sessions(parts),
    providers: createProviderService({ ...parts, modelsFolder: parts.home.models }),
    worktrees: worktreeService(parts),
    leases: new LeaseRequests(parts, parts.leases),
    accounts: parts.workers.accounts,
    usage: {
      providerId: async (name) => (await parts.catalogue.get(name)).definition.id,
      rules: async () => usageRules(await parts.config()),
      refresh: (request, signal) => refreshUsage(parts, request, signal),
    },
    orphans: { sweep: (options) => sweepOrphans(parts, options) },
    notifications: parts.notifications,
    supervisor: {
      status: () => status(parts),
      stop: (because) => {
        parts.leaveSoon(because);
        return Promise.resolve();
      },
    },
  };
}

function worktreeService(parts: AppParts): WorktreeService {
  const { machine, store, home, now } = parts;
  return {
    list: async (repo, cwd) => {
      const live = new Set((await store.sessions.live()).map((session) => session.id));
      const path = isAbsolute(repo) ? repo : resolve(cwd, repo);
      const found = await listWorktrees(machine, path, (id) => live.has(id));
      return {
        repoPath: found.repoPath,
        worktrees: found.worktrees.filter((one) => one.sessionId !== null),
      };
    },
    finish: async (sessionId, into) => {
      const session = await parts.store.sessions.get(sessionId);
      if (!session) throw new Error(`session ${sessionId} was resolved and is gone`);
      const facts = await lookAtFinish(machine, session, {
        folder: home.worktrees,
        scratch: home.session(sessionId).root,
        litter: (await parts.provider(session.providerId)).litter ?? [],
        into,
      });
      return { ...facts, sessionId, active: isLive(session) };
    },
    // a session that is being resumed would lose its folder under its feet
    cleanup: (sessionId, options) =>
      parts.workers.betweenRuns(sessionId, async () => {
        const session = await parts.store.sessions.get(sessionId);
        if (!session) throw new Error(`session ${sessionId} was resolved and is gone`);
        const tell = async (body: EventBody): Promise<void> => {
          const events = [{ sessionId, at: now(), body }];
          await store.commit({ guards: [], writes: [], events });
        };
        const litter = (await parts.provider(session.providerId)).litter ?? [];
        const done = await cleanupWorktree(machine, session, {
          folder: home.worktrees,
          active: isLive(session),
          litter,
          ...options,
          beforeRemoval: async (path) => {
            const end = await tearDownWorktree(parts, machine, { session, path, tell });
            if (!end || end.failedBecause === null) return null;
            if (options.force) return `its teardown script failed: ${end.failedBecause}`;
            throw scriptFailed("The teardown script of the worktree", end, end.log);
          },
        });
        if (done.removed) {
          // without the folder there is nothing that could be compared with it
          await removeSnapshot(machine, home.session(sessionId).objects);
          const { path, branchRemoved } = done;
          await tell({ type: "worktree_removed", path, branch_removed: branchRemoved });
        }
        return {
          sessionId,
          removed: done.removed,
          wouldRemove: done.wouldRemove,
          path: done.path,
          dirty: done.dirty,
          branch: done.branch,
          branchRemoved: done.branchRemoved,
          blocked: done.blocked,
          reason: done.reason,
        };
      }),
  };
}

async function status(parts: AppParts): Promise<SupervisorStatus> {
  const health = parts.health();
  return {
    running: true,
    pid: health.pid,
    version: health.version,
    epoch: health.epoch,
    startedAt: Date.parse(health.started_at),
    inline: health.inline,
    socket: parts.home.supervisorSocket,
    home: parts.home.root,
    liveSessions: (await parts.store.sessions.live()).length,
  };
}
