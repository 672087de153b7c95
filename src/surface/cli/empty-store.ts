import type { TurnFacts } from "../../domain/statistics/facts.ts";
import type { Store } from "../../store/store.ts";

const noTurns: TurnFacts = {
  startedAt: [],
  endedAt: [],
  byState: {},
  limitedSessions: new Set(),
  interruptedSessions: new Set(),
};

/** The store of a home where nothing was ever started; reading it makes no file. */
export function emptyStore(): Store {
  const nothing = async (): Promise<undefined> => undefined;
  const none = async (): Promise<never[]> => [];
  const refuse = async (): Promise<never> => {
    throw new Error("an empty store takes nothing");
  };
  return {
    sessions: {
      get: nothing,
      resolve: none,
      byIdempotencyKey: nothing,
      list: async () => ({ sessions: [], total: 0 }),
      live: none,
    },
    turns: { get: nothing, ofSession: none },
    deliveries: { get: nothing, byIdempotencyKey: nothing, ofSession: none },
    prompts: { get: nothing, open: none, ofSession: none },
    events: { since: none, last: async () => 0 },
    observations: { ofSession: none, seen: async () => false },
    transcripts: { ofSession: none },
    artifacts: { ofSession: none },
    cursors: { get: nothing, ofSession: none },
    accounts: { get: nothing, list: none },
    usage: { latest: none },
    leases: {
      get: nothing,
      book: async () => ({ leases: [], lastToken: 0 }),
      byRequest: none,
      list: none,
    },
    approvals: {
      get: nothing,
      startingWith: none,
      byIdempotencyKey: nothing,
      byKey: nothing,
      ofRun: none,
      pending: none,
      list: none,
    },
    messages: {
      last: async () => 0,
      get: nothing,
      byIdempotencyKey: nothing,
      receipt: nothing,
      receiptsOf: none,
      inbox: none,
      countOpen: async () => 0,
      openReceipts: none,
      toType: none,
      ofThread: none,
      history: none,
    },
    threads: { get: nothing, startingWith: none, list: none },
    participants: { get: nothing, list: none },
    decisions: { get: nothing, byIdempotencyKey: nothing },
    tasks: {
      get: nothing,
      resolve: none,
      byIds: none,
      byKeys: none,
      byIdempotencyKey: nothing,
      ofRun: none,
      list: async () => ({ tasks: [], total: 0 }),
      counts: async () => ({
        pending: 0,
        blocked: 0,
        claimed: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
      }),
      next: nothing,
      offers: async (asked) => ({ of: asked.map(() => undefined), lastToken: 0 }),
      countFor: async () => 0,
      nextPauseEnd: async () => null,
      links: none,
      waitingForAlone: async () => ({ links: [], revision: 0 }),
      revision: async () => 0,
      waitingFor: async () => ({ dependants: [], others: [], revision: 0 }),
      claims: none,
      lastClaimToken: async () => 0,
      notes: none,
    },
    workerGroups: {
      get: nothing,
      byIdempotencyKey: nothing,
      resolve: nothing,
      list: none,
      open: none,
    },
    runs: { get: nothing, byIdempotencyKey: nothing, resolve: none, list: none, open: none },
    statistics: {
      sessions: none,
      turns: async () => noTurns,
      tokens: none,
      snapshots: none,
      limits: none,
      budgets: none,
    },
    meta: { get: nothing, set: refuse, remove: refuse, epoch: async () => 0, raiseEpoch: refuse },
    commit: refuse,
    onCommit: () => () => undefined,
    remove: refuse,
    forget: refuse,
    prune: refuse,
    close: nothing,
  };
}
