import type { CapacityRules } from "../domain/capacity.ts";
import type { Principal } from "../domain/principal.ts";
import type { DeliveryWhen } from "../domain/delivery.ts";
import type { OptionRole, Prompt } from "../domain/prompt.ts";
import type { AgentpoolError } from "../domain/errors.ts";
import type { Lease, LeaseMode } from "../domain/lease.ts";
import type { LeaseConflict, LeasePlace } from "../domain/lease-rules.ts";
import type { Role, Session, SessionState, Supervision, WorkspaceMode } from "../domain/session.ts";
import type { Event } from "../domain/event.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { Turn } from "../domain/turn.ts";
import type { WaitWord } from "../domain/words.ts";
import type { ConfigReader } from "../platform/config/reader.ts";
import type { Home } from "../platform/home.ts";
import type { ProviderService } from "../provider/provider-service.ts";
import type { SweptOrphan } from "../session/orphans/sweep-orphans.ts";
import type { FinishFacts } from "../session/workspace/finish.ts";
import type { Store } from "../store/store.ts";

/**
 * What operations act on. The supervisor composes the whole of it; a process that only reads has
 * `store`, `home` and `version`, and its other parts throw `supervisor_unreachable`.
 */
export interface App {
  readonly version: string;
  readonly home: Home;
  /** What the person decided; with a folder, also what its project asks for. */
  readonly config: ConfigReader;
  readonly store: Store;
  readonly now: () => number;
  readonly sessions: SessionService;
  readonly providers: ProviderService;
  readonly worktrees: WorktreeService;
  readonly leases: LeaseService;
  readonly accounts: AccountService;
  readonly usage: UsageService;
  readonly orphans: OrphanService;
  readonly supervisor: SupervisorService;
  readonly notifications: NotificationService;
}

/** Who asks and how; handed to every service call that changes something. */
export interface Asker {
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export interface SpawnRequest {
  readonly provider: string;
  readonly task: string;
  readonly repo: string;
  readonly role: Role;
  /** Null for the one the configuration names. */
  readonly mode: WorkspaceMode | null;
  readonly model: string | null;
  readonly effort: string | null;
  readonly serviceTier: string | null;
  readonly initialPromptMode: "provider_default" | "arg" | "send_after_launch";
  readonly name: string | null;
  readonly envNames: readonly string[];
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
  readonly base: string | null;
  readonly requireClean: boolean;
  readonly maxTurns: number | null;
  readonly maxRuntimeSeconds: number | null;
  readonly allowedFiles: readonly string[] | null;
  readonly supervision: Supervision;
  /** An account's id or folder; null for the one of the environment. */
  readonly account: string | null;
  readonly extra: Readonly<Record<string, string>>;
  /** Folder of the caller; a relative repo is meant from there. */
  readonly cwd: string;
}

export interface SpawnResult {
  readonly session: Session;
  readonly delivery: Delivery | null;
  readonly warnings: readonly string[];
}

export interface ResumeRequest {
  /** Sent once the agent is up; null for none. */
  readonly prompt: string | null;
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
  /** Only what speaks against it is looked for. */
  readonly dryRun?: boolean;
}

export interface ResumeResult {
  readonly session: Session;
  /** How it had ended. */
  readonly fromState: SessionState;
  readonly delivery: Delivery | null;
  readonly warnings: readonly string[];
}

export interface RecoverRequest {
  readonly dryRun: boolean;
  /** Sessions that ended before are left alone, epoch ms. */
  readonly endedSince: number;
  /** Environment of the asking command. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RecoverResult {
  readonly session: Session;
  readonly from: Pick<Session, "state" | "stateBecause">;
  readonly resumed: ResumeResult | null;
  readonly error: AgentpoolError | null;
  /** It cannot be resumed at all, and nothing was tried. */
  readonly skipped: boolean;
}

export interface SendRequest {
  readonly session: string;
  readonly text: string;
  readonly command: boolean;
  readonly when: DeliveryWhen;
  readonly waitFor: "none" | "accepted" | "turn";
  readonly timeoutMs: number;
  readonly ttlMs: number;
  /** Everything is checked and nothing is queued or typed. */
  readonly dryRun?: boolean;
}

export interface SendResult {
  readonly session: Session;
  readonly delivery: Delivery | null;
  readonly turn: Turn | null;
  /** True when the wait ended before what it waited for. */
  readonly timedOut: boolean;
  /** The turn waits for an answer of the caller. */
  readonly needsInput: boolean;
  /** What a dry run would have done, as the end of a sentence. */
  readonly would?: string;
}

export interface AnswerInput {
  readonly session: string;
  readonly prompt: string | null;
  readonly fingerprint: string | null;
  readonly choice:
    | { readonly label: string }
    | { readonly role: OptionRole }
    | { readonly text: string };
  /** Everything is checked and no answer is given. */
  readonly dryRun?: boolean;
}

export interface WaitRequest {
  readonly session: string;
  readonly words: readonly WaitWord[];
  readonly since: number | null;
  readonly timeoutMs: number;
}

/** `looked`: nothing was waited for. */
export type WaitOutcome = "satisfied" | "needs_input" | "ended" | "timeout" | "looked";

export interface WaitResult {
  readonly session: Session;
  readonly outcome: WaitOutcome;
  /** The event that satisfied the wait, when an event did. */
  readonly event: Event | null;
}

export interface SessionService {
  /** @throws session_not_found, ambiguous_id */
  resolve(idOrName: string): Promise<Session>;
  spawn(request: SpawnRequest, asker: Asker): Promise<SpawnResult>;
  /** What a spawn would start, with every refusal it would meet; nothing is made. */
  plan(request: SpawnRequest, asker: Asker): Promise<SpawnResult>;
  resume(session: string, request: ResumeRequest, asker: Asker): Promise<ResumeResult>;
  /** All that ended without anybody's will, newest first. */
  recover(request: RecoverRequest, asker: Asker): Promise<readonly RecoverResult[]>;
  send(request: SendRequest, asker: Asker): Promise<SendResult>;
  answer(
    input: AnswerInput,
    asker: Asker,
  ): Promise<{ readonly session: Session; readonly prompt: Prompt }>;
  interrupt(session: string, asker: Asker): Promise<Session>;
  /** @throws policy_blocked unless raw keys are allowed */
  keys(
    session: string,
    request: { readonly keys: readonly string[]; readonly dryRun: boolean },
    asker: Asker,
  ): Promise<{ readonly session: Session; readonly keys: readonly string[] }>;
  /**
   * With `collected` its files were just written and are final; with `ask` it is told to leave by
   * its own keys first.
   */
  terminate(
    session: string,
    asker: Asker,
    options?: { readonly collected?: boolean; readonly ask?: boolean },
  ): Promise<TerminateResult>;
  /** Removes the files and the record of a session that is over. @throws session_live */
  remove(session: string, asker: Asker): Promise<void>;
  /**
   * Waits until one of the words holds. Ends early when the agent asks something or the session
   * ends, since what is waited for could then never come.
   */
  wait(request: WaitRequest, signal: AbortSignal): Promise<WaitResult>;
  attach(
    session: string,
    write: boolean,
  ): Promise<{
    readonly session: Session;
    readonly argv: readonly string[];
    readonly detachKeys: string;
  }>;
  /** The screen as it is now, or as it was last; redacted plain text. */
  screen(session: Session): Promise<{ readonly text: string; readonly live: boolean }>;
  explain(session: string, at: number | null): Promise<Explanation>;
  /** With `closes` it is about to be ended, and what is written is final. */
  collect(session: string, options?: { readonly closes?: boolean }): Promise<CollectResult>;
  manifest(session: Session): Promise<ManifestFile[]>;
  transcript(session: Session, page: TranscriptRange): Promise<TranscriptText>;
}

export interface TerminateResult {
  readonly session: Session;
  readonly alreadyEnded: boolean;
  readonly survivors: readonly { readonly pid: number; readonly name: string }[];
}

export interface ManifestFile {
  readonly kind: string;
  readonly path: string;
  readonly exists: boolean;
  readonly sha256: string | null;
  readonly sizeBytes: number | null;
}

export interface CollectResult {
  readonly session: Session;
  readonly folder: string;
  readonly files: readonly ManifestFile[];
  readonly git: {
    readonly isRepo: boolean;
    readonly dirty: boolean | null;
    readonly changedFiles: readonly string[];
    readonly note: string | null;
    readonly uncoveredFiles: readonly string[] | null;
    readonly notAllowedFiles: readonly string[] | null;
  };
  readonly warnings: readonly string[];
  readonly result: string | null;
}

export interface TranscriptRange {
  readonly offset: number;
  readonly limit: number;
  readonly tailLines: number | null;
  /** `terminal`: what the pane wrote, also where the agent keeps a log of its own. */
  readonly source?: "terminal";
}

export interface TranscriptText {
  readonly path: string;
  readonly exists: boolean;
  readonly mode: "page" | "tail" | "missing";
  readonly offset: number;
  readonly limit: number;
  readonly tailLines: number | null;
  readonly nextOffset: number;
  readonly hasMore: boolean;
  readonly sizeBytes: number;
  readonly text: string;
  /** `agent_log` or `terminal`. */
  readonly source: string;
  /** From this byte on the text is the present screen and may change; null when all is final. */
  readonly provisionalFrom: number | null;
}

export interface Explanation {
  readonly session: Session;
  readonly at: number | null;
  readonly state: string;
  readonly because: string;
  readonly sources: readonly {
    readonly source: string;
    readonly heardAt: number | null;
    readonly claim: string | null;
    readonly confidence: string;
  }[];
  /** Every screen rule tried on the present screen; empty when explaining the past. */
  readonly rules: readonly {
    readonly id: string;
    readonly shows: string;
    readonly matched: boolean;
    readonly text: string;
  }[];
  readonly observations: readonly {
    readonly at: number;
    readonly source: string;
    readonly claim: string;
    readonly foreign: boolean;
    readonly outcome: string;
  }[];
}

export interface AccountService {
  /** Takes a limit back, for all sessions of the account; false when there was none. */
  lift(accountId: string, because: string): Promise<boolean>;
}

/** For whom: a session, or somebody outside by a name; relative paths of those are meant from `cwd`. */
export interface LeaseWhom {
  readonly session: string | null;
  readonly agent: string | null;
  readonly cwd: string;
}

/** One lease, or those of a holder, all or on these files. */
export interface LeaseSelection extends LeaseWhom {
  readonly leaseId: string | null;
  readonly token: number | null;
  readonly files: readonly string[];
}

export interface LeaseService {
  /** All files or none; waits in line for `waitMs`. @throws lease_conflict */
  acquire(
    request: LeaseWhom & {
      readonly files: readonly string[];
      readonly mode: LeaseMode;
      readonly ttlMs: number;
      readonly waitMs: number;
      readonly intent: string | null;
    },
    asker: Asker,
  ): Promise<readonly Lease[]>;
  renew(
    request: LeaseSelection & { readonly ttlMs: number | null },
    asker: Asker,
  ): Promise<readonly Lease[]>;
  /** Those that were let go, or with `dryRun` would be. */
  release(
    request: LeaseSelection & { readonly dryRun: boolean },
    asker: Asker,
  ): Promise<readonly Lease[]>;
  check(
    request: LeaseWhom & { readonly files: readonly string[]; readonly mode: LeaseMode },
    asker: Asker,
  ): Promise<
    readonly {
      readonly named: string;
      readonly place: LeasePlace;
      readonly conflicts: readonly LeaseConflict[];
    }[]
  >;
}

export interface OrphanService {
  /** What of this home nobody looks after, and what became of each. */
  sweep(options: { readonly dryRun: boolean }): Promise<readonly SweptOrphan[]>;
}

export interface WorktreeFacts {
  readonly path: string;
  readonly branch: string | null;
  readonly head: string | null;
  readonly sessionId: string | null;
  readonly active: boolean;
  readonly dirty: boolean | null;
  readonly commitsAhead: number | null;
}

/** What a session left in its worktree, and what taking it over would meet. */
export interface WorktreeFinish extends FinishFacts {
  readonly sessionId: string;
  /** The session lives. */
  readonly active: boolean;
}

export interface WorktreeService {
  /** Changes nothing. `into`: a branch; the one checked out in the repository when null. */
  finish(session: string, into: string | null): Promise<WorktreeFinish>;
  /** A relative path is meant from `cwd`. */
  list(
    repo: string,
    cwd: string,
  ): Promise<{ readonly repoPath: string; readonly worktrees: readonly WorktreeFacts[] }>;
  cleanup(
    session: string,
    options: { readonly force: boolean; readonly dryRun: boolean },
    asker: Asker,
  ): Promise<{
    readonly sessionId: string;
    readonly removed: boolean;
    readonly wouldRemove: boolean;
    readonly path: string;
    readonly dirty: boolean | null;
    readonly branch: string | null;
    readonly branchRemoved: boolean;
    /** The code it is refused with as things stand; null when it is not. */
    readonly blocked: string | null;
    readonly reason: string | null;
  }>;
}

export const usageBackends = ["native", "codexbar", "ccusage", "combined"] as const;
export type UsageBackend = (typeof usageBackends)[number];

export interface RefreshedUsage {
  readonly accountId: string;
  readonly providerId: string;
  /** `nothing`: there is nobody to ask; only live sessions tell. */
  readonly outcome: "told" | "nothing" | "unauthenticated" | "unavailable" | "unknown";
  readonly warnings: readonly string[];
}

/** What the person decided about quotas. */
export interface UsageRules extends CapacityRules {
  /** A summary asks anew for what is older; null for never by itself. */
  readonly autoRefreshAfterMs: number | null;
}

export interface UsageService {
  /** @throws invalid_config */
  rules(): Promise<UsageRules>;
  /** The id of a provider by id, alias or preset. @throws provider_not_found */
  providerId(name: string): Promise<string>;
  /** Asks, within the time, and keeps what is told. */
  refresh(
    request: {
      readonly provider: string | null;
      readonly backend: UsageBackend;
      readonly costly: boolean;
      readonly timeoutMs: number;
      readonly env: Readonly<Record<string, string>>;
    },
    signal: AbortSignal,
  ): Promise<{ readonly refreshed: readonly RefreshedUsage[]; readonly partial: boolean }>;
}

/** What came of a test notification by one way. */
export interface NotificationTry {
  way: "tmux" | "bell" | "desktop" | "webhook";
  /** By the settings. */
  on: boolean;
  tried: boolean;
  /** Whoever shows it took it. */
  delivered: boolean;
  because: string;
}

export interface NotificationService {
  /** Tells the person that this is a test; null for the ways that are on. @throws invalid_config */
  test(ways: readonly NotificationTry["way"][] | null): Promise<readonly NotificationTry[]>;
}

export interface SupervisorService {
  status(): Promise<SupervisorStatus>;
  /** Leaves as soon as this answer is out; agents live on. */
  stop(because: string): Promise<void>;
}

export interface SupervisorStatus {
  readonly running: boolean;
  readonly pid: number | null;
  readonly version: string | null;
  readonly epoch: number;
  readonly startedAt: number | null;
  readonly inline: boolean;
  readonly socket: string;
  readonly home: string;
  readonly liveSessions: number;
}
