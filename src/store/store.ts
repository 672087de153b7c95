import type { Account } from "../domain/account.ts";
import type { Approval, ApprovalState } from "../domain/approval.ts";
import type { Artifact } from "../domain/artifact.ts";
import type { Decision, Guard, ReaderCursor } from "../domain/decision.ts";
import type { Delivery, DeliveryState } from "../domain/delivery.ts";
import type { Event, NewEvent, RemovedKind } from "../domain/event.ts";
import type { StoredObservation } from "../domain/observation.ts";
import type { Lease } from "../domain/lease.ts";
import type { LeaseBook } from "../domain/lease-rules.ts";
import type { LoggedDecision } from "../domain/logged-decision.ts";
import type { Message, Receipt, Thread, ThreadState } from "../domain/message.ts";
import type { Participant } from "../domain/participant.ts";
import type { Prompt } from "../domain/prompt.ts";
import type { Run, RunKindName } from "../domain/run.ts";
import type { Session, SessionState } from "../domain/session.ts";
import type {
  SessionSpan,
  StatisticsFilter,
  TokenKey,
  TokenSum,
  TurnFacts,
} from "../domain/statistics/facts.ts";
import type {
  Claimant,
  Freed,
  Task,
  TaskHead,
  TaskLink,
  TaskNote,
  TaskState,
  Waiting,
} from "../domain/task.ts";
import type { HeldClaim } from "../domain/claim-rules.ts";
import type { TranscriptEntry } from "../domain/transcript.ts";
import type { Turn } from "../domain/turn.ts";
import type { UsageSnapshot } from "../domain/usage.ts";
import type { WorkerGroup } from "../domain/worker-group.ts";

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
  readonly runs: RunReader;
  readonly approvals: ApprovalReader;
  readonly messages: MessageReader;
  readonly threads: ThreadReader;
  readonly participants: ParticipantReader;
  readonly decisions: LoggedDecisionReader;
  readonly tasks: TaskReader;
  readonly workerGroups: WorkerGroupReader;
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
   * Removes a session that is over and everything that names it, but for what statistics count of its
   * use. False, and nothing is removed, where there is none or it lives. A cursor below its events is expired from then on. `told` is
   * written with it, and heard as after a commit.
   * @throws stale_epoch and what `commit` throws of the backend
   */
  remove(sessionId: string, told?: readonly NewEvent[]): Promise<boolean>;

  /**
   * Removes runs, tasks, approvals and messages that are over, and participants outside that are gone.
   * What something open names stays with all that belongs to it. Returns how much went, or would go.
   */
  forget(options: ForgetOptions): Promise<Forgotten>;

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
  readonly runId?: string;
  /** Of this session or of this run; besides what the other fields ask for. */
  readonly ofEither?: { readonly sessionId: string; readonly runId: string | null };
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

export interface ApprovalReader {
  get(id: string): Promise<Approval | undefined>;
  /** Those whose id begins so, 20 at most. */
  startingWith(prefix: string): Promise<readonly Approval[]>;
  byIdempotencyKey(key: string): Promise<Approval | undefined>;
  /** What a run asked under a key of its own. */
  byKey(runId: string, key: string): Promise<Approval | undefined>;
  /** Oldest first. */
  ofRun(runId: string): Promise<readonly Approval[]>;
  /** Oldest first. */
  pending(): Promise<readonly Approval[]>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
}

export interface ApprovalFilter {
  readonly states?: readonly ApprovalState[];
  readonly runId?: string;
  readonly limit: number;
}

export interface MessageReader {
  /** The highest number ever given, 0 without any. */
  last(): Promise<number>;
  get(id: string): Promise<Message | undefined>;
  byIdempotencyKey(key: string): Promise<Message | undefined>;
  receipt(id: string): Promise<Receipt | undefined>;
  receiptsOf(messageId: string): Promise<readonly Receipt[]>;
  /** What a participant has not acknowledged, by `n`. */
  inbox(participant: string, limit: number): Promise<readonly Received[]>;
  /** How many a participant has not acknowledged. */
  countOpen(participant: string): Promise<number>;
  /** Receipts a participant has not acknowledged, of messages up to this number, by `n`. */
  openReceipts(participant: string, through: number): Promise<readonly Receipt[]>;
  /** What waits to be typed into a pane, by `n`. */
  toType(): Promise<readonly Received[]>;
  /** By `n`, those with `n` greater than `after`. */
  ofThread(threadId: string, after: number, limit: number): Promise<readonly Message[]>;
  /**
   * The newest that were for everybody of the run (of none, for null), in its threads, or to or from
   * the participant; by `n`, whether or not they were acknowledged or sent before it came.
   */
  history(filter: {
    readonly participant: string;
    readonly runId: string | null;
    readonly limit: number;
  }): Promise<readonly Message[]>;
}

export interface Received {
  readonly message: Message;
  readonly receipt: Receipt;
}

export interface ThreadReader {
  get(id: string): Promise<Thread | undefined>;
  /** Those whose id begins so, 20 at most. */
  startingWith(prefix: string): Promise<readonly Thread[]>;
  /** By priority, then those first that changed last. */
  list(filter: {
    readonly states?: readonly ThreadState[];
    readonly runId?: string;
    readonly limit: number;
  }): Promise<readonly Thread[]>;
}

/** Participants outside of agentpool; sessions are none of these. */
export interface ParticipantReader {
  get(id: string): Promise<Participant | undefined>;
  /** By id. */
  list(): Promise<readonly Participant[]>;
}

export interface LoggedDecisionReader {
  get(id: string): Promise<LoggedDecision | undefined>;
  byIdempotencyKey(key: string): Promise<LoggedDecision | undefined>;
}

/** Somebody who asks for work. */
export interface Asked {
  /** What they take; null for nothing new. */
  readonly claimant: Claimant | null;
  readonly requestKey: string | null;
}

export interface Offers {
  /**
   * For each who asked: what was given to that request before, else the task to claim first, else
   * undefined.
   */
  readonly of: readonly ({ readonly task: Task; readonly isGiven: boolean } | undefined)[];
  /** The highest token ever given. */
  readonly lastToken: number;
}

export interface TaskReader {
  get(id: string): Promise<Task | undefined>;
  /** By exact id or unique prefix of at least 4 characters after `tk_`; several where it is not unique. */
  resolve(id: string): Promise<readonly TaskHead[]>;
  /** In the order asked for; those that are not there are left out. */
  byIds(ids: readonly string[]): Promise<readonly Task[]>;
  byKeys(runId: string, keys: readonly string[]): Promise<readonly Task[]>;
  byIdempotencyKey(key: string): Promise<Task | undefined>;
  /** All of a run, whole, in the order they were added. */
  ofRun(runId: string): Promise<readonly Task[]>;
  /** In the order they were added, or the newest first; `total` counts those beyond `limit` too. */
  list(
    filter: TaskFilter,
  ): Promise<{ readonly tasks: readonly TaskHead[]; readonly total: number }>;
  counts(filter: Pick<TaskFilter, "runId">): Promise<Readonly<Record<TaskState, number>>>;
  /** The id of the one to claim first; found by index, however many there are. */
  next(claimant: Claimant, now: number): Promise<string | undefined>;
  /** What to give to each of those who ask, in this order and nothing twice; one snapshot. */
  offers(asked: readonly Asked[], now: number): Promise<Offers>;
  /** How many of the tasks that wait this one could be given now. */
  countFor(claimant: Claimant, now: number): Promise<number>;
  /** When the first task whose pause is not over by `now` may be claimed again; null for none. */
  nextPauseEnd(now: number): Promise<number | null>;
  links(ids: readonly string[]): Promise<readonly TaskLink[]>;
  /** Those that wait for this task and for nothing else. */
  waitingForAlone(id: string): Promise<Freed>;
  waitingFor(id: string): Promise<Waiting>;
  /** Rises with each change in which task waits for which, for guards. */
  revision(): Promise<number>;
  /** All claims there are now. */
  claims(): Promise<readonly HeldClaim[]>;
  /** The highest token ever given, 0 before the first. */
  lastClaimToken(): Promise<number>;
  /** Oldest first; `last` keeps only that many of the newest. */
  notes(taskId: string, last: number): Promise<readonly TaskNote[]>;
}

export interface TaskFilter {
  /** Null for those of no run; absent for all. */
  readonly runId?: string | null;
  readonly states?: readonly TaskState[];
  readonly tag?: string;
  /** Who has it, or had it when it ended. */
  readonly holder?: string;
  readonly newestFirst?: boolean;
  readonly limit: number;
  readonly offset?: number;
}

export interface RunReader {
  get(id: string): Promise<Run | undefined>;
  byIdempotencyKey(key: string): Promise<Run | undefined>;
  /**
   * By exact id, unique id prefix (at least 4 characters after `rn_`), `@last` for the newest, or
   * exact name: of those that are not over, else the newest that is.
   */
  resolve(idOrName: string): Promise<readonly Run[]>;
  /** Newest first. */
  list(filter: RunFilter): Promise<readonly Run[]>;
  /** Those that are not over, oldest first. */
  open(): Promise<readonly Run[]>;
}

export interface RunFilter {
  readonly kind?: RunKindName;
  /** False leaves out those that are over. */
  readonly all: boolean;
  readonly limit: number;
}

export interface WorkerGroupReader {
  get(id: string): Promise<WorkerGroup | undefined>;
  byIdempotencyKey(key: string): Promise<WorkerGroup | undefined>;
  /** By exact id, or name: of the one that is not stopped, else of the newest that is. */
  resolve(idOrName: string): Promise<WorkerGroup | undefined>;
  /** Newest first; `all` takes in those that are stopped. */
  list(filter: { readonly all: boolean; readonly limit: number }): Promise<readonly WorkerGroup[]>;
  /** Those that are not stopped, oldest first. */
  open(): Promise<readonly WorkerGroup[]>;
}

/** Few columns of many rows, over a span of time; nothing of it reads a whole session or turn. */
export interface StatisticsReader {
  /** Sessions that lived in the span, those that were removed since among them, by when they began. */
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
  /** What was told of budgets; by time. */
  budgets(filter: Pick<StatisticsFilter, "from" | "to">): Promise<readonly Event[]>;
}

/** Small facts about the home itself: the tmux socket path, the epoch. */
export interface MetaStore {
  get(key: string): Promise<string | undefined>;
  /** @throws stale_epoch like commit. */
  set(key: string, value: string): Promise<void>;
  /** A key that is absent is fine. @throws stale_epoch like commit. */
  remove(key: string): Promise<void>;
  epoch(): Promise<number>;
  /**
   * Takes the role: raises the stored epoch by one, and above `above`, and makes it this store's
   * own.
   */
  raiseEpoch(above?: number): Promise<number>;
}

export interface ForgetOptions {
  /** What was over before this moment goes; null keeps it all. Messages have their own measure. */
  readonly endedBefore: number | null;
  /** Messages sent before it go once everybody who is there has acknowledged them. */
  readonly messagesBefore: number;
  readonly now: number;
  /** Only count. */
  readonly dryRun: boolean;
  /** What is told of each batch; it is written with its removal, and heard as after a commit. */
  readonly told?: (batch: {
    readonly kind: RemovedKind;
    readonly ids: readonly string[];
  }) => NewEvent;
}

export interface Forgotten {
  readonly runs: number;
  readonly tasks: number;
  readonly approvals: number;
  readonly participants: number;
  readonly messages: number;
}

export interface Retention {
  /** Events of ended sessions older than this go; live sessions keep theirs. */
  readonly eventsMs: number;
  /** Observations kept per session. */
  readonly observationsPerSession: number;
  /** Usage snapshots kept per account and source; the newest one always. 500 by default. */
  readonly snapshotsPerSource?: number;
}
