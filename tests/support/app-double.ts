import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "../../src/domain/account.ts";
import type { Event, EventBody } from "../../src/domain/event.ts";
import type { Approval } from "../../src/domain/approval.ts";
import type { Message, Thread } from "../../src/domain/message.ts";
import type { Participant } from "../../src/domain/participant.ts";
import type { Lease } from "../../src/domain/lease.ts";
import type { Prompt } from "../../src/domain/prompt.ts";
import type { Run } from "../../src/domain/run.ts";
import type { Session } from "../../src/domain/session.ts";
import type { Task, TaskNote } from "../../src/domain/task.ts";
import type { Turn } from "../../src/domain/turn.ts";
import type { WorkerGroup } from "../../src/domain/worker-group.ts";
import type { UsageSnapshot } from "../../src/domain/usage.ts";
import type { App } from "../../src/operations/app.ts";
import { mergeConfig } from "../../src/platform/config/config.ts";
import { homeFrom } from "../../src/platform/home.ts";
import type { EventFilter, Store } from "../../src/store/store.ts";
import { AgentpoolError } from "../../src/domain/errors.ts";

/** Everything a double remembers; tests write to it directly. */
export interface Memory {
  readonly sessions: Session[];
  readonly prompts: Prompt[];
  readonly turns: Turn[];
  readonly accounts: Account[];
  readonly events: Event[];
  readonly usage: UsageSnapshot[];
  readonly leases: Lease[];
  readonly approvals: Approval[];
  readonly threads: Thread[];
  readonly messages: Message[];
  readonly participants: Participant[];
  readonly tasks: Task[];
  readonly notes: TaskNote[];
  readonly runs: Run[];
  readonly workerGroups: WorkerGroup[];
  /** Appends events as one commit and tells who listens. */
  commit(...bodies: readonly { readonly session: string | null; readonly body: EventBody }[]): void;
  /** How often the store was asked for events. */
  eventReads: number;
  listeners: number;
}

type Services = {
  readonly [
    Part in
      | "sessions"
      | "providers"
      | "worktrees"
      | "leases"
      | "approvals"
      | "messages"
      | "agents"
      | "tasks"
      | "claims"
      | "accounts"
      | "usage"
      | "orphans"
      | "runs"
      | "workerGroups"
      | "notifications"
      | "supervisor"
  ]?: Partial<App[Part]>;
};

/**
 * An app whose store lives in memory and whose services are those given; every other call is a
 * failure of the test.
 */
export function appDouble(
  services: Services = {},
  options: { readonly version?: string; readonly root?: string } = {},
): { readonly app: App; readonly memory: Memory } {
  const listeners = new Set<(events: readonly Event[]) => void>();
  const memory: Memory = {
    sessions: [],
    prompts: [],
    turns: [],
    accounts: [],
    events: [],
    usage: [],
    leases: [],
    approvals: [],
    threads: [],
    messages: [],
    participants: [],
    tasks: [],
    notes: [],
    runs: [],
    workerGroups: [],
    eventReads: 0,
    get listeners() {
      return listeners.size;
    },
    commit(...bodies) {
      const events = bodies.map(({ session, body }, i) => ({
        seq: memory.events.length + 1 + i,
        at: 1_800_000_000_000,
        sessionId: session,
        body,
      }));
      memory.events.push(...events);
      for (const listener of listeners) listener(events);
    },
  };
  const store = guarded<Store>("store", {
    sessions: guarded<Store["sessions"]>("store.sessions", {
      list: async ({ limit, offset, states }) => {
        const all = memory.sessions.filter((one) => !states || states.includes(one.state));
        return { sessions: all.slice(offset, offset + limit), total: all.length };
      },
      live: async () => memory.sessions.filter((one) => one.endedAt === null),
      get: async (id) => memory.sessions.find((one) => one.id === id),
    }),
    turns: guarded<Store["turns"]>("store.turns", {
      ofSession: async (id) => memory.turns.filter((one) => one.sessionId === id),
    }),
    statistics: guarded<Store["statistics"]>("store.statistics", { tokens: async () => [] }),
    usage: { latest: async () => memory.usage },
    leases: guarded<Store["leases"]>("store.leases", { list: async () => memory.leases }),
    tasks: guarded<Store["tasks"]>("store.tasks", {
      get: async (id) => memory.tasks.find((one) => one.id === id),
      resolve: async (id) => memory.tasks.filter((one) => one.id.startsWith(id)),
      byIds: async (ids) => memory.tasks.filter((one) => ids.includes(one.id)),
      links: async (ids) => memory.tasks.filter((one) => ids.includes(one.id)),
      list: async () => ({ tasks: memory.tasks, total: memory.tasks.length }),
      counts: async () => ({
        pending: memory.tasks.length,
        blocked: 0,
        claimed: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
      }),
      notes: async () => memory.notes,
      ofRun: async (id) => memory.tasks.filter((one) => one.runId === id),
      claims: async () => [],
      countFor: async () => memory.tasks.length,
    }),
    workerGroups: guarded<Store["workerGroups"]>("store.workerGroups", {
      get: async (id) => memory.workerGroups.find((one) => one.id === id),
      resolve: async (id) => memory.workerGroups.find((one) => one.id === id || one.name === id),
      list: async () => [...memory.workerGroups],
    }),
    runs: guarded<Store["runs"]>("store.runs", {
      get: async (id) => memory.runs.find((one) => one.id === id),
      resolve: async (id) => memory.runs.filter((one) => id === "@last" || one.id === id),
      list: async () => memory.runs,
    }),
    approvals: guarded<Store["approvals"]>("store.approvals", {
      get: async (id) => memory.approvals.find((one) => one.id === id),
      list: async () => memory.approvals,
      ofRun: async (id) => memory.approvals.filter((one) => one.runId === id),
    }),
    threads: guarded<Store["threads"]>("store.threads", {
      get: async (id) => memory.threads.find((one) => one.id === id),
      list: async () => memory.threads,
    }),
    messages: guarded<Store["messages"]>("store.messages", {
      ofThread: async () => memory.messages,
    }),
    participants: guarded<Store["participants"]>("store.participants", {
      list: async () => memory.participants,
    }),
    deliveries: guarded<Store["deliveries"]>("store.deliveries", { ofSession: async () => [] }),
    prompts: guarded<Store["prompts"]>("store.prompts", {
      open: async (id) => memory.prompts.filter((one) => !id || one.sessionId === id),
      ofSession: async (id) => memory.prompts.filter((one) => one.sessionId === id),
    }),
    accounts: guarded<Store["accounts"]>("store.accounts", {
      list: async () => memory.accounts,
    }),
    events: {
      last: async () => memory.events.length,
      since: async (after: number, { sessionIds, limit }: EventFilter) => {
        memory.eventReads += 1;
        return memory.events
          .filter((one) => one.seq > after)
          .filter((one) => !sessionIds || sessionIds.includes(one.sessionId ?? ""))
          .slice(0, limit);
      },
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const root = options.root ?? join(tmpdir(), "agentpool-double");
  const app: App = {
    version: options.version ?? "1.2.3",
    home: homeFrom({ AGENTPOOL_HOME: root }),
    config: () => Promise.resolve(mergeConfig({})),
    store,
    now: () => 1_800_000_000_000,
    sessions: guarded<App["sessions"]>("sessions", {
      resolve: async (id) => {
        const found = memory.sessions.find((one) => one.id === id || one.name === id);
        if (found) return found;
        throw new AgentpoolError("session_not_found", `No session "${id}"`);
      },
      manifest: async () => [],
      ...services.sessions,
    }),
    providers: guarded<App["providers"]>("providers", services.providers ?? {}),
    worktrees: guarded<App["worktrees"]>("worktrees", services.worktrees ?? {}),
    leases: guarded<App["leases"]>("leases", services.leases ?? {}),
    approvals: guarded<App["approvals"]>("approvals", services.approvals ?? {}),
    messages: guarded<App["messages"]>("messages", services.messages ?? {}),
    agents: guarded<App["agents"]>("agents", services.agents ?? {}),
    tasks: guarded<App["tasks"]>("tasks", services.tasks ?? {}),
    claims: guarded<App["claims"]>("claims", services.claims ?? {}),
    accounts: guarded<App["accounts"]>("accounts", services.accounts ?? {}),
    runs: guarded<App["runs"]>("runs", services.runs ?? {}),
    workerGroups: guarded<App["workerGroups"]>("workerGroups", services.workerGroups ?? {}),
    orphans: guarded<App["orphans"]>("orphans", services.orphans ?? {}),
    usage: guarded<App["usage"]>("usage", services.usage ?? {}),
    notifications: guarded<App["notifications"]>("notifications", services.notifications ?? {}),
    supervisor: guarded<App["supervisor"]>("supervisor", services.supervisor ?? {}),
  };
  return { app, memory };
}

function guarded<T extends object>(name: string, parts: Partial<T>): T {
  return new Proxy(parts as T, {
    get(target, key) {
      if (key in target || typeof key === "symbol" || key === "then")
        return Reflect.get(target, key);
      return () => {
        throw new Error(`the double has no ${name}.${key}`);
      };
    },
  });
}
