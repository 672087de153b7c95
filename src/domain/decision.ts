import type { Account } from "./account.ts";
import type { Approval } from "./approval.ts";
import type { Artifact } from "./artifact.ts";
import type { Delivery } from "./delivery.ts";
import type { NewEvent } from "./event.ts";
import type { TokenGuard } from "./hold.ts";
import type { Lease } from "./lease.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Message, Receipt, Thread } from "./message.ts";
import type { StoredObservation } from "./observation.ts";
import type { Participant } from "./participant.ts";
import type { Prompt } from "./prompt.ts";
import type { Run } from "./run.ts";
import type { Session } from "./session.ts";
import type { Task, TaskNote } from "./task.ts";
import type { TranscriptEntry } from "./transcript.ts";
import type { Turn } from "./turn.ts";
import type { UsageSnapshot } from "./usage.ts";
import type { WorkerGroup } from "./worker-group.ts";

/** Nouns that decisions change, by their record type. All have a string `id`. */
export interface Records {
  readonly session: Session;
  readonly turn: Turn;
  readonly delivery: Delivery;
  readonly prompt: Prompt;
  readonly artifact: Artifact;
  readonly account: Account;
  readonly usage: UsageSnapshot;
  readonly lease: Lease;
  readonly run: Run;
  readonly approval: Approval;
  readonly message: Message;
  readonly thread: Thread;
  readonly receipt: Receipt;
  readonly participant: Participant;
  readonly logged: LoggedDecision;
  readonly task: Task;
  readonly note: TaskNote;
  readonly workers: WorkerGroup;
}

export type Noun = keyof Records;

/**
 * Holds when the record exists and each named field still has this value (JSON equality), or, for a
 * conversation, when no other live session has it, or, for parallel work, while there is room.
 */
export type Guard =
  | {
      readonly [N in Noun]: {
        readonly noun: N;
        readonly id: string;
        readonly expect: Partial<Records[N]>;
      };
    }[Noun]
  | ConversationGuard
  | TokenGuard
  | ParallelGuard;

/** Two processes that go on with one conversation would spoil it for each other. */
export interface ConversationGuard {
  readonly noun: "conversation";
  /** The agent's own id of it. */
  readonly id: string;
  readonly providerId: string;
  /** The session that may have it. */
  readonly onlyIn: string;
}

/** Holds while fewer sessions than `max` are at work, this one not counted. */
export interface ParallelGuard {
  readonly noun: "parallel";
  /** The session that is about to work. */
  readonly id: string;
  /** Counts those of this provider alone; all when null. */
  readonly providerId: string | null;
  readonly max: number;
  /** The setting that says so. */
  readonly policy: string;
}

export type Write = {
  readonly [N in Noun]:
    | { readonly noun: N; readonly insert: Records[N] }
    /** The whole record, whether or not there is one of this id. */
    | { readonly noun: N; readonly put: Records[N] }
    | { readonly noun: N; readonly id: string; readonly update: Partial<Records[N]> };
}[Noun];

/** How far a reader got in one of the agent's channels; committed with what it led to. */
export interface ReaderCursor {
  readonly sessionId: string;
  /** `log:<path>`, `hook`, `api`, … one cursor per channel and file. */
  readonly channel: string;
  /** Bytes consumed of a log, else a counter. */
  readonly offset: number;
  /** The reader's own memory as plain JSON. */
  readonly memory: unknown;
}

/**
 * What a pure rule wants to be true from now on. The store applies all of it or nothing: guards
 * are checked, then writes, observations, transcript lines and cursors are applied and events
 * numbered, in one transaction.
 */
export interface Decision {
  readonly guards: readonly Guard[];
  readonly writes: readonly Write[];
  readonly events: readonly NewEvent[];
  readonly observations?: readonly Omit<StoredObservation, "n" | "seq">[];
  /** Lines whose `ref` the session already has are skipped; `n` is given by the store. */
  readonly transcript?: readonly Omit<TranscriptEntry, "n">[];
  readonly cursors?: readonly ReaderCursor[];
}

/** What a rule wants that wants no change. */
export const nothing: Decision = { guards: [], writes: [], events: [] };

export function isNothing(decision: Decision): boolean {
  return (
    decision.writes.length === 0 &&
    decision.events.length === 0 &&
    (decision.observations?.length ?? 0) === 0 &&
    (decision.transcript?.length ?? 0) === 0 &&
    (decision.cursors?.length ?? 0) === 0
  );
}
