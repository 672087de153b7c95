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
    statistics: {
      sessions: none,
      turns: async () => noTurns,
      tokens: none,
      snapshots: none,
      limits: none,
    },
    meta: { get: nothing, set: refuse, epoch: async () => 0, raiseEpoch: refuse },
    commit: refuse,
    onCommit: () => () => undefined,
    remove: refuse,
    prune: refuse,
    close: nothing,
  };
}
