import type { Role, SessionState } from "../session.ts";
import type { TokenCount } from "../tokens.ts";
import type { TurnState } from "../turn.ts";

/** What statistics are asked about. */
export interface StatisticsFilter {
  /** Epoch ms, included. */
  readonly from: number;
  /** Epoch ms, not included. */
  readonly to: number;
  readonly providerId?: string;
  /** Who began the session, as in its `author`. */
  readonly author?: string;
  /** Of this session alone. */
  readonly sessionId?: string;
}

export interface SessionSpan {
  readonly id: string;
  readonly providerId: string;
  readonly accountId: string | null;
  readonly role: Role;
  readonly state: SessionState;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** Turns the agent took. */
  readonly turnCount: number;
  /** When its time was up; null for one that ended otherwise. */
  readonly timedOutAt: number | null;
  /** Only of one that was removed: what its record would have told. */
  readonly removed?: {
    /** Epoch ms; null for one that never was. */
    readonly resumedAt: number | null;
    readonly profile: string | null;
  };
}

/** The turns of a span: when each ran, and what became of all. */
export interface TurnFacts {
  /** Epoch ms, by when they began. */
  readonly startedAt: readonly number[];
  /** Of the same turns: when each ended, or its session did; null while it runs. */
  readonly endedAt: readonly (number | null)[];
  readonly byState: Readonly<Partial<Record<TurnState, number>>>;
  /** Sessions with a turn that was refused for a limit. */
  readonly limitedSessions: ReadonlySet<string>;
  /** Sessions with a turn that was interrupted. */
  readonly interruptedSessions: ReadonlySet<string>;
}

export const tokenKeys = ["provider", "account", "model", "day", "session", "turn"] as const;
export type TokenKey = (typeof tokenKeys)[number];

export interface TokenSum extends Required<TokenCount> {
  readonly providerId: string | null;
  readonly accountId: string | null;
  /** Null as well for calls whose model was not told. */
  readonly model: string | null;
  /** Days since 1970, UTC. */
  readonly day: number | null;
  readonly sessionId: string | null;
  readonly turnId: string | null;
}
