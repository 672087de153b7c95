import type { PromptKind } from "./prompt.ts";
import type { Confidence, Source } from "./source.ts";
import type { SessionToolset } from "./toolset.ts";

export const liveStates = [
  "starting",
  "idle",
  "running",
  "awaiting_input",
  "awaiting_approval",
  "limited",
  "unknown",
  "unreachable",
] as const;
export const endStates = ["completed", "failed", "cancelled", "lost"] as const;

export type LiveState = (typeof liveStates)[number];
export type EndState = (typeof endStates)[number];
export type SessionState = LiveState | EndState;
export const sessionStates: readonly SessionState[] = [...liveStates, ...endStates];

export const workspaceModes = ["read_only", "worktree", "shared"] as const;
export type WorkspaceMode = (typeof workspaceModes)[number];

/** States in which an agent is at work or would go on by itself; idle ones wait for a text. */
export const workingStates = [
  "starting",
  "running",
  "awaiting_input",
  "awaiting_approval",
  "limited",
] as const satisfies readonly LiveState[];

/**
 * Who answers the dialogs of a session. `interactive`: rules, and whoever drives it. `human_visible`:
 * people alone, no rule and no agent. `autonomous`: nobody waits for them; what no rule allows is
 * denied at once.
 */
export const supervisions = ["interactive", "autonomous", "human_visible"] as const;
export type Supervision = (typeof supervisions)[number];

/** Roles whose work is changing files. */
export const editingRoles: readonly Role[] = ["implementer", "tester"];

export const roles = ["explorer", "reviewer", "implementer", "tester", "custom"] as const;
export type Role = (typeof roles)[number];

/** The role of a session whose task names none. */
export function roleIn(mode: WorkspaceMode): Role {
  return mode === "read_only" ? "explorer" : mode === "worktree" ? "implementer" : "custom";
}

/** Where the pane of a session is; enough to find it again after any crash. */
export interface TerminalPlace {
  /** Absolute path of the tmux server's socket. */
  readonly socket: string;
  readonly window: string;
  readonly pane: string;
  /** The pane's process and when it started, as the operating system tells it. */
  readonly pid: number | null;
  readonly startToken: string | null;
}

/** The git side of a session's workspace. */
export interface Workspace {
  readonly mode: WorkspaceMode;
  /** The folder the person named, canonical. */
  readonly repoPath: string;
  /** The folder the agent works in. */
  readonly workPath: string;
  readonly branch: string | null;
  /** HEAD when the session began; null without git or commits. */
  readonly baseCommit: string | null;
  /** The work tree at that moment: a name git knows as a tree. */
  readonly baseTree: string | null;
}

/** Level facts a session's state is derived from, each with who said so and when. */
export interface Fact<T> {
  readonly value: T;
  readonly source: Source;
  readonly at: number;
  readonly because: string;
}

/** What one source said last; its own order of turns, and whether it was ever heard. */
export interface SourceMemory {
  readonly heardAt: number;
  readonly claim: string;
  /** The turn this source has seen begin and not end. */
  readonly turnId: string | null;
}

/** What the screen showed last; equal readings change nothing, so that an idle screen costs nothing. */
export interface ScreenMemory {
  readonly busy: boolean;
  readonly composer: boolean;
  /** Fingerprint of the dialog on screen. */
  readonly dialog: string | null;
  /** What it said of a limit; it may stand there long after that is over. */
  readonly limit?: string | null;
  /** The composer holds the prompt of the running turn: the agent gave it back unworked. */
  readonly givenBack: boolean;
  readonly rule: string | null;
  readonly because: string;
  /** Since when busy, composer and dialog are as they are. */
  readonly since: number;
}

/** The last level (busy or idle) a source other than the screen claimed, and since when. */
export interface LevelMemory {
  readonly source: Source;
  readonly level: "busy" | "idle";
  readonly since: number;
  readonly because: string;
}

export interface ClosedDialog {
  readonly kind: PromptKind;
  /** Lower case, without blanks. */
  readonly text: string;
  /** Fingerprint of it as the screen showed it; null when it was over before it was seen. */
  readonly screenFingerprint: string | null;
  readonly at: number;
}

/** What is known of the hooks as a channel, besides what they say. */
export interface HookWatch {
  /** Since when they are listened to without a gap; null: since the session began. */
  readonly watchedSince: number | null;
  /** Set while the agent works without calling one. */
  readonly silent: { readonly at: number; readonly because: string } | null;
}

export interface Evidence {
  readonly sources: Readonly<Partial<Record<Source, SourceMemory>>>;
  readonly screen: ScreenMemory | null;
  readonly level: LevelMemory | null;
  /** The last dialog a structured source reported as over; the screen may show it a moment longer. */
  readonly closed: ClosedDialog | null;
  /** Ids of dialogs and tool calls that are over, newest last: a late report opens none of them again. */
  readonly over: readonly string[];
  /** Tool calls begun and not finished, by the agent's call id. */
  readonly tools: Readonly<Record<string, string>>;
  /** Since when the present process goes on with the conversation; absent for the first one. */
  readonly resumed?: Resumed;
  /** Absent until there is something to know. */
  readonly hooks?: HookWatch;
}

export interface Resumed {
  /** What was said before belongs to an earlier process. */
  readonly at: number;
  /** Turns the agent had taken by then. */
  readonly turnCount: number;
  /** Nobody had wanted its end. */
  readonly cutOff: boolean;
}

/** What is known of a process that nobody has heard or seen yet. */
export const noEvidence: Evidence = {
  sources: {},
  screen: null,
  level: null,
  closed: null,
  over: [],
  tools: {},
};

export interface SessionLimit {
  /** When the vendor lets it go on, as far as it was told; epoch ms. */
  readonly resetsAt: number | null;
  /** From then on it is tried again. */
  readonly until: number;
  /** The session met the limit itself; otherwise another session of its account did. */
  readonly own: boolean;
}

export interface Session {
  readonly id: string;
  /** Rises with each change; decisions are guarded by it. */
  readonly version: number;
  readonly name: string | null;
  readonly providerId: string;
  readonly providerVersion: string | null;
  /** Whose quota it uses, see Account; null for one that was begun before accounts were told apart. */
  readonly accountId: string | null;
  readonly model: string | null;
  readonly reasoningEffort: string | null;
  readonly serviceTier: string | null;
  readonly role: Role;
  /** The first prompt, redacted. */
  readonly task: string;
  readonly initialPromptMode: "arg" | "send_after_launch";
  readonly workspace: Workspace;
  readonly terminal: TerminalPlace | null;
  /** The agent's own conversation id, once known; never erased. */
  readonly agentSessionId: string | null;
  /** Which structured channels the provider has in this session. */
  readonly channels: readonly Source[];
  /** How the agent shows that it took a prompt. */
  readonly acceptance: "exact" | "log" | "none";
  /** How long a screen must stay idle before it alone may end a turn, in ms. */
  readonly idleHoldMs: number;
  readonly envNames: readonly string[];
  /** What the provider's options were set to; a resume starts the agent with the same. */
  readonly providerOptions: Readonly<Record<string, string>>;
  readonly author: string;
  readonly idempotencyKey: string | null;

  // what it was allowed when it began; a resume keeps it
  /** Texts it takes after its task; null for any number. */
  readonly maxTurns: number | null;
  /** So long a process of it lives; null for ever. */
  readonly maxRuntimeMs: number | null;
  /** Globs of the files it may change, relative to its work tree; null for all. */
  readonly allowedFiles: readonly string[] | null;
  readonly supervision: Supervision;
  /** The account's folder where the caller chose one; null for the one of its environment. */
  readonly accountFolder: string | null;
  /** What it may ask of agentpool; null for what any agent may. */
  readonly toolset: SessionToolset | null;
  /** The run it works for; null for none. */
  readonly runId: string | null;

  // facts
  /**
   * SHA-256 of each token its processes were given, the present one last; null for one that was begun
   * before there were any.
   */
  readonly tokenHashes: readonly string[] | null;
  /** Texts it was sent after its task, answers not counted. */
  readonly turnsSent: number;
  /** When its runtime was over and it was ended for that; null otherwise. */
  readonly timedOutAt: number | null;
  readonly process: Fact<"none" | "alive" | "exited" | "gone">;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  readonly composer: Fact<"unknown" | "ready">;
  readonly currentTurnId: string | null;
  /** The turn an interrupt was sent to and that has not ended yet. */
  readonly interrupting: string | null;
  /** Turns the agent took. */
  readonly turnCount: number;
  /** Highest turn number and delivery number given out. */
  readonly lastTurnN: number;
  readonly lastDeliveryN: number;
  readonly limit: Fact<SessionLimit> | null;
  readonly backgroundJobs: number;
  readonly reachable: Fact<boolean>;
  /** Set when the end is ours: by a request to end it, or a start that failed. */
  readonly closing: Fact<"cancelled" | "completed" | "failed"> | null;
  readonly evidence: Evidence;

  // derived
  readonly state: SessionState;
  readonly stateSource: Source;
  readonly stateConfidence: Confidence;
  readonly stateBecause: string;
  readonly stateAt: number;

  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt: number | null;
}

export function isEndState(state: SessionState): state is EndState {
  return (endStates as readonly string[]).includes(state);
}

export function isLive(session: Session): boolean {
  return !isEndState(session.state);
}

/** Whether the process that runs now has taken a prompt; an earlier one of the session may have. */
export function hasWorked({ turnCount, evidence }: Session): boolean {
  return turnCount > (evidence.resumed?.turnCount ?? 0);
}

/** Since when the process is expected that runs now. */
export function runSince({ createdAt, evidence }: Session): number {
  return evidence.resumed?.at ?? createdAt;
}

/** When the process that runs now has lived long enough; null for never. */
export function deadlineOf(session: Session): number | null {
  return session.maxRuntimeMs === null ? null : runSince(session) + session.maxRuntimeMs;
}

/** What is true of a session whose agent has no process yet, at its first start as at each later one. */
export function beforeProcess(fact: Omit<Fact<never>, "value">) {
  return {
    terminal: null,
    process: { ...fact, value: "none" },
    exitCode: null,
    exitSignal: null,
    composer: { ...fact, value: "unknown" },
    currentTurnId: null,
    interrupting: null,
    limit: null,
    backgroundJobs: 0,
    reachable: { ...fact, value: true },
    closing: null,
    timedOutAt: null,
  } as const satisfies Partial<Session>;
}
