import { isAbsolute, resolve } from "node:path";
import type { EventBody } from "../domain/event.ts";
import { isLive } from "../domain/session.ts";
import type { RunRequests } from "../orchestration/scheduler/run-requests.ts";
import type { App } from "../operations/app.ts";
import type { NotificationService } from "../operations/notification/service.ts";
import type { SupervisorStatus } from "../operations/supervisor/service.ts";
import type { WorktreeService } from "../operations/worktree/service.ts";
import { createProviderService } from "../provider/provider-service.ts";
import { ApprovalRequests } from "../orchestration/approvals/approval-requests.ts";
import type { Approvals } from "../orchestration/approvals/approvals.ts";
import type { Agents } from "../orchestration/agents/agents.ts";
import { AgentRequests } from "../orchestration/agents/agent-requests.ts";
import { MessageRequests } from "../orchestration/messages/message-requests.ts";
import type { Messages } from "../orchestration/messages/messages.ts";
import type { Board } from "../orchestration/board/board.ts";
import { ClaimRequests, type ClaimRequestOptions } from "../orchestration/claims/claim-requests.ts";
import type { Claims } from "../orchestration/claims/claims.ts";
import { executionOfAdded } from "../orchestration/kinds/team.ts";
import { TaskRequests } from "../orchestration/board/task-requests.ts";
import type { WorkerRequests } from "../orchestration/workers/worker-requests.ts";
import type { Health } from "../rpc/wire.ts";
import { LeaseRequests } from "../session/leases/requests.ts";
import type { Leases } from "../session/leases/leases.ts";
import { tearDownWorktree } from "../session/prepare-worktree.ts";
import type { Sessions } from "../session/sessions.ts";
import type { SpawnParts } from "../session/spawn.ts";
import { sweepOrphans } from "../session/orphans/sweep-orphans.ts";
import { refreshUsage } from "../session/usage/refresh.ts";
import { usageRules } from "../session/usage/rules.ts";
import { lookAtBranches } from "../session/workspace/branches.ts";
import { lookAtFinish } from "../session/workspace/finish.ts";
import { scriptFailed } from "../session/workspace/run-script.ts";
import { removeSnapshot } from "../session/workspace/snapshot.ts";
import { cleanupWorktree, worktreeRoot } from "../session/workspace/worktree-cleanup.ts";
import { listWorktrees } from "../session/workspace/worktree-list.ts";

export interface AppParts extends SpawnParts {
  readonly version: string;
  readonly leases: Leases;
  readonly sessions: Sessions;
  readonly runs: RunRequests;
  readonly approvals: Approvals;
  readonly messages: Messages;
  readonly agents: Agents;
  readonly board: Board;
  readonly claims: Claims;
  readonly workerGroups: WorkerRequests;
  readonly notifications: NotificationService;
  readonly health: () => Health;
  readonly leaveSoon: (because: string) => void;
}

/** Puts the rooms together into what operations act on. Only constructs. */
export function composeApp(parts: AppParts): App {
  const known: ClaimRequestOptions = {
    runOf: async (id) => (await parts.store.sessions.get(id))?.runId ?? null,
    definitionOf: (name) =>
      parts.catalogue.get(name).then(
        ({ definition }) => definition.id,
        () => name,
      ),
  };
  return {
    version: parts.version,
    home: parts.home,
    config: parts.config,
    store: parts.store,
    now: parts.now,
    sessions: parts.sessions,
    providers: createProviderService({ ...parts, modelsFolder: parts.home.models }),
    worktrees: worktreeService(parts),
    leases: new LeaseRequests(parts, parts.leases),
    runs: parts.runs,
    approvals: new ApprovalRequests(parts, parts.approvals),
    messages: new MessageRequests(parts, parts.messages, parts.agents),
    agents: new AgentRequests(parts, parts.agents),
    claims: new ClaimRequests(parts, parts.claims, known),
    tasks: new TaskRequests(parts, parts.board, {
      ...known,
      executionOf: async (runId, { requires }) => {
        const run = await parts.store.runs.get(runId);
        return run?.kind === "team" ? executionOfAdded({ run }, requires) : null;
      },
    }),
    workerGroups: parts.workerGroups,
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
    branches: async (repo, sessionIds, into) => {
      const found = await Promise.all(sessionIds.map((id) => store.sessions.get(id)));
      const places = found.flatMap((session) => {
        const branch = session?.workspace.branch;
        return session && branch ? [{ branch, path: worktreeRoot(session, home.worktrees) }] : [];
      });
      return lookAtBranches(machine, repo, places, {
        scratch: home.run(`finish-${crypto.randomUUID()}`),
        into,
      });
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
