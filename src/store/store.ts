import type { Account } from "../domain/account.ts";
import type { Artifact } from "../domain/artifact.ts";
import type { Decision, Guard, ReaderCursor } from "../domain/decision.ts";
import type { Delivery, DeliveryState } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { StoredObservation } from "../domain/observation.ts";
import type { Lease } from "../domain/lease.ts";
import type { LeaseBook } from "../domain/lease-rules.ts";
import type { Prompt } from "../domain/prompt.ts";
import type { Session, SessionState } from "../domain/session.ts";
import type {
  SessionSpan,
  StatisticsFilter,
  TokenKey,
  TokenSum,
  TurnFacts,
} from "../domain/statistics/facts.ts";
import type { TranscriptEntry } from "../domain/transcript.ts";
import type { Turn } from "../domain/turn.ts";
import type { UsageSnapshot } from "../domain/usage.ts";

/**
 * What we remember. One contract per noun for reading, one door for writing: `commit`. Promised
 * to every caller, by every backend (tests/contract/store.ts is the same for all):
 * - A commit is applied whole or not at all, and survives the death of this process from the
 *   moment its promise resolves.
 * - Event numbers rise by one in commit order, without gaps, across all sessions.
 * - A store opened for writing acts in the epoch it found or raised itself; once somebody else
 *   raised the stored one, it refuses every write.
 * - Reads see every commit that resolved before them.
 */
export interface Store {
  readonly sessions: SessionReader;
  readonly turns: TurnReader;
  readonly deliveries: DeliveryReader;
  readonly prompts: PromptReader;
  readonly events: EventReader;
  readonly observations: ObservationReader;
  readonly transcripts: TranscriptReader;
  readonly artifacts: ArtifactReader;
  readonly cursors: CursorReader;
  readonly accounts: AccountReader;
  readonly usage: UsageReader;
  readonly leases: LeaseReader;
  readonly statistics: StatisticsReader;
  readonly meta: MetaStore;

  /**
   * Applies a decision. Returns the events with their numbers, or the guard that did not hold, in
   * which case nothing was written.
   * Commits are applied in the order they were asked for.
   * @throws stale_epoch when another holder raised the epoch; idempotency_conflict when a key is
   *   taken; conflict when an id or number is taken, or a record to update is missing;
   *   store_locked, store_failed, disk_full, store_read_only when the backend refuses. Whatever is
   *   thrown, nothing was written.
   */
  commit(decision: Decision): Promise<CommitResult>;

  /**
   * Calls back after each commit of this store that brought events, in commit order, before its
   * promise resolves. What a listener throws becomes a warning of the process. Returns the undo.
   */
  onCommit(listener: (events: readonly Event[]) => void): () => void;

  /**
   * Removes a session that is over and everything that names it. False, and nothing is removed,
   * where there is none or it lives. A cursor below its events is expired from then on.
   * @throws stale_epoch and what `commit` throws of the backend
   */
  remove(sessionId: string): Promise<boolean>;

  /** Removes what retention no longer keeps; see `Retention`. Returns how much went. */
  prune(
    retention: Retention,
    now: number,
  ): Promise<{ readonly events: number; readonly observations: number }>;

  close(): Promise<void>;
}

export type CommitResult =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly guard: Guard };

export interface SessionReader {
  get(id: string): Promise<Session | undefined>;
  /** By exact id, unique id prefix (at least 4 characters after `ap_`), or exact name of a live session, else newest ended one of that name. */
  resolve(idOrName: string): Promise<readonly Session[]>;
  byIdempotencyKey(key: string): Promise<Session | undefined>;
  /** Newest first. */
  list(
    filter: SessionFilter,
  ): Promise<{ readonly sessions: readonly Session[]; readonly total: number }>;
  /** Newest first. */
  live(): Promise<readonly Session[]>;
}

export interface SessionFilter {
  readonly states?: readonly SessionState[];
  readonly providerId?: string;
  readonly author?: string;
  readonly limit: number;
  readonly offset: number;
}

export interface TurnReader {
  get(id: string): Promise<Turn | undefined>;
  /**
   * In the order the agent took them, those it has not taken last, by `n`: a person in the pane may
   * be faster than a text that was sent before. `last` keeps only that many of the newest.
   */
  ofSession(sessionId: string, last?: number): Promise<readonly Turn[]>;
}

export interface DeliveryReader {
  get(id: string): Promise<Delivery | undefined>;
  byIdempotencyKey(key: string): Promise<Delivery | undefined>;
  /** By `n`, ascending. */
  ofSession(sessionId: string, states?: readonly DeliveryState[]): Promise<readonly Delivery[]>;
}

export interface PromptReader {
  get(id: string): Promise<Prompt | undefined>;
  /** Open and answer_unconfirmed ones, oldest first. */
  open(sessionId?: string): Promise<readonly Prompt[]>;
  ofSession(sessionId: string): Promise<readonly Prompt[]>;
}

export interface EventReader {
  /**
   * Events with `seq` greater than `after`, ascending.
   * @throws cursor_expired when retention removed an event after the cursor, of one of the sessions
   *   asked for; `details.oldest_cursor` is one that works.
   */
  since(after: number, filter: EventFilter): Promise<readonly Event[]>;
  /** The newest event number, 0 in an empty store. */
  last(): Promise<number>;
}

export interface EventFilter {
  readonly sessionIds?: readonly string[];
  readonly types?: readonly string[];
  readonly limit: number;
}

export interface ObservationReader {
  /** Ascending by `n`; bounded by `limit` newest up to the moment `at`. */
  ofSession(
    sessionId: string,
    options: { readonly until?: number; readonly limit: number },
  ): Promise<readonly StoredObservation[]>;
  /** True when this session already has a statement of this source with this ref. */
  seen(sessionId: string, source: string, ref: string): Promise<boolean>;
}

export interface TranscriptReader {
  /** Ascending by `n`, those with `n` greater than `after`. */
  ofSession(sessionId: string, after: number, limit: number): Promise<readonly TranscriptEntry[]>;
}

export interface ArtifactReader {
  /** The newest of each kind. */
  ofSession(sessionId: string): Promise<readonly Artifact[]>;
}

export interface AccountReader {
  /** Undefined for one that never stood still. */
  get(id: string): Promise<Account | undefined>;
  /** By id. */
  list(): Promise<readonly Account[]>;
}

export interface CursorReader {
  get(sessionId: string, channel: string): Promise<ReaderCursor | undefined>;
  ofSession(sessionId: string): Promise<readonly ReaderCursor[]>;
}

/** Snapshots are only ever added, and removed by retention. */
export interface UsageReader {
  /** The newest snapshot of each account and source, newest first; of all accounts or of one. */
  latest(accountId?: string): Promise<readonly UsageSnapshot[]>;
}

export interface LeaseReader {
  get(id: string): Promise<Lease | undefined>;
  /** What is active or waited for, by token, with the highest token given: one snapshot. */
  book(): Promise<LeaseBook>;
  /** What was asked for with one request, by token. */
  byRequest(requestKey: string): Promise<readonly Lease[]>;
  /** Newest first. */
  list(filter: LeaseFilter): Promise<readonly Lease[]>;
}

export interface LeaseFilter {
  readonly holder?: string;
  /** False leaves out those that are over. */
  readonly all: boolean;
  readonly limit: number;
}

/** Few columns of many rows, over a span of time; nothing of it reads a whole session or turn. */
export interface StatisticsReader {
  /** Sessions that lived in the span, by when they began. */
  sessions(filter: StatisticsFilter): Promise<readonly SessionSpan[]>;
  /** Turns that agents worked on in the span. */
  turns(filter: StatisticsFilter): Promise<TurnFacts>;
  /**
   * Tokens of the turns that began in the span, summed by these keys; the others are null. Undefined
   * for a store that only older versions have written, which counts them once it is opened for
   * writing.
   */
  tokens(
    filter: StatisticsFilter,
    by: readonly TokenKey[],
  ): Promise<readonly TokenSum[] | undefined>;
  /** What was told of quotas in the span, oldest first. */
  snapshots(filter: StatisticsFilter): Promise<readonly UsageSnapshot[]>;
  /** When accounts met limits, and were free of them again; by time. */
  limits(filter: Pick<StatisticsFilter, "from" | "to">): Promise<readonly Event[]>;
}

/** Small facts about the home itself: the tmux socket path, the epoch. */
export interface MetaStore {
  get(key: string): Promise<string | undefined>;
  /** @throws stale_epoch like commit. */
  set(key: string, value: string): Promise<void>;
  epoch(): Promise<number>;
  /**
   * Takes the role: raises the stored epoch by one, and above `above`, and makes it this store's
   * own.
   */
  raiseEpoch(above?: number): Promise<number>;
}

export interface Retention {
  /** Events of ended sessions older than this go; live sessions keep theirs. */
  readonly eventsMs: number;
  /** Observations kept per session. */
  readonly observationsPerSession: number;
  /** Usage snapshots kept per account and source; the newest one always. 500 by default. */
  readonly snapshotsPerSource?: number;
}
