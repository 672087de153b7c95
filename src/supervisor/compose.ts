import { isAbsolute, resolve } from "node:path";
import { isLive } from "../domain/session.ts";
import type { App, SupervisorStatus, WorktreeService } from "../operations/app.ts";
import { createProviderService } from "../provider/provider-service.ts";
import type { Health } from "../rpc/wire.ts";
import { Sessions } from "../session/sessions.ts";
import type { SpawnParts } from "../session/spawn.ts";
import { refreshUsage } from "../session/usage/refresh.ts";
import { usageRules } from "../session/usage/rules.ts";
import { removeSnapshot } from "../session/workspace/snapshot.ts";
import { cleanupWorktree } from "../session/workspace/worktree-cleanup.ts";
import { listWorktrees } from "../session/workspace/worktree-list.ts";

export interface AppParts extends SpawnParts {
  readonly version: string;
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
    accounts: parts.workers.accounts,
    usage: {
      providerId: async (name) => (await parts.catalogue.get(name)).definition.id,
      rules: async () => usageRules(await parts.config()),
      refresh: (request, signal) => refreshUsage(parts, request, signal),
    },
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
    // a session that is being resumed would lose its folder under its feet
    cleanup: (sessionId, options) =>
      parts.workers.betweenRuns(sessionId, async () => {
        const session = await parts.store.sessions.get(sessionId);
        if (!session) throw new Error(`session ${sessionId} was resolved and is gone`);
        const litter = (await parts.provider(session.providerId)).litter ?? [];
        const done = await cleanupWorktree(machine, session, {
          folder: home.worktrees,
          active: isLive(session),
          litter,
          ...options,
        });
        if (done.removed) {
          // without the folder there is nothing that could be compared with it
          await removeSnapshot(machine, home.session(sessionId).objects);
          await store.commit({
            guards: [],
            writes: [],
            events: [
              {
                sessionId,
                at: now(),
                body: {
                  type: "worktree_removed",
                  path: done.path,
                  branch_removed: done.branchRemoved,
                },
              },
            ],
          });
        }
        return {
          sessionId,
          removed: done.removed,
          wouldRemove: done.wouldRemove,
          path: done.path,
          dirty: done.dirty,
          branch: done.branch,
          branchRemoved: done.branchRemoved,
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
