/**
 * How an agent CLI is described. This is the one file that `providers/*` may import, and the
 * package's entry `agentpool/provider`. A definition is data first; the few functions in it are
 * pure, except the API reader, which reaches its agent only through what it is handed.
 */
import type { Acceptance } from "../domain/delivery.ts";
import type { Claim } from "../domain/observation.ts";
import type { Dialog, OptionRole, PromptKind, PromptOption } from "../domain/prompt.ts";
import type { WorkspaceMode } from "../domain/session.ts";

export type { Acceptance, Claim, Dialog, OptionRole, PromptKind, PromptOption, WorkspaceMode };

export interface ProviderDefinition {
  /** Lower case, digits and dashes; what users type after `--provider`. */
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly displayName: string;
  readonly vendor: string;
  /** The program family, as `harness` in session JSON. */
  readonly harness: string;
  /** Whether the facts below were obtained by running the CLI or only read about it. */
  readonly verified: "verified" | "from_documentation";

  readonly binary: BinaryFacts;
  /** Environment names the agent needs besides the allow-list; taken from the asking command. */
  readonly env: readonly string[];
  readonly options: LaunchOptions;
  /** Command line, environment and files of one new session. */
  readonly launch: (request: LaunchRequest) => LaunchPlan;

  readonly input: InputFacts;
  readonly screen: ScreenFacts;
  readonly hooks?: HookReader;
  readonly log?: LogReader;
  readonly statusFile?: StatusFileReader;
  readonly api?: ApiReader;
  readonly title?: (title: string) => readonly Claim[];

  readonly interrupt: KeyPlan;
  /** How the agent is asked to leave by itself. */
  readonly exit: KeyPlan;
  /** Files the agent or we leave in a work folder that are not work; git pathspecs, kept out of diffs. */
  readonly litter?: readonly string[];
}

export interface BinaryFacts {
  /** Names looked up on PATH, then in the usual folders; or absolute paths. */
  readonly candidates: readonly string[];
  readonly versionArgs: readonly string[];
  /** Finds the version (group 1) in what `versionArgs` prints; no match = an unrelated program. */
  readonly versionPattern: RegExp | string;
  /** Versions the facts were obtained with. */
  readonly tried: readonly string[];
  /** How to get the program, one line. */
  readonly install: string;
}

export interface LaunchOptions {
  /** Whether model, effort and tier can be chosen at launch. */
  readonly model: boolean;
  readonly effort: readonly string[];
  readonly serviceTier: boolean;
  readonly defaultModel?: string;
  /** How the first prompt is handed over unless the caller says otherwise. */
  readonly initialPromptMode: "arg" | "send_after_launch";
  /** False when the CLI cannot take its first prompt as an argument. */
  readonly promptArgument: boolean;
}

export interface LaunchRequest {
  /** Absolute path of the agent's program. */
  readonly binary: string;
  /** Version found, null when it could not be told. */
  readonly version: string | null;
  readonly sessionId: string;
  /** A fresh UUID for CLIs whose conversation id can be chosen. */
  readonly conversationId: string;
  readonly workPath: string;
  readonly mode: WorkspaceMode;
  readonly model: string | null;
  readonly effort: string | null;
  readonly serviceTier: string | null;
  /** The first prompt when it travels as an argument, else null. */
  readonly promptArgument: string | null;
  /** Values of allow-listed and declared environment names that the asking command had. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this session's own, 0700, for files the CLI reads. */
  readonly folder: string;
  /** The folder's trust dialog may be avoided by process-local settings. */
  readonly trustFolder: boolean;
  /** A free loopback port and a random secret, for CLIs with an API. */
  readonly port: number;
  readonly secret: string;
  /**
   * The shell command to register for a hook event. It drops its standard input as one file into
   * the session's spool, prints nothing and exits 0. With `replyWithinS` it then waits so long
   * for an answer and prints that.
   */
  readonly hook: (event: string, options?: { readonly replyWithinS?: number }) => string;
  /** Persona and knobs of the scripted agent, `--provider-option name=value` of any other. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface LaunchPlan {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Written 0600 before the start, only below `request.folder`. */
  readonly files: readonly {
    readonly path: string;
    readonly content: string;
    readonly executable?: boolean;
  }[];
  /** The conversation id when we chose it. */
  readonly agentSessionId: string | null;
  /** Paths that readers need later; kept with the session. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface InputFacts {
  /** Time between the settled paste and Enter, in ms. */
  readonly enterGapMs: number;
  /** How long a paste may take to show, in ms, before Enter is pressed regardless. */
  readonly settleMs: number;
  readonly submitKey: string;
  /** Keys that empty the composer, for the case that a paste arrived damaged. */
  readonly clearKeys?: readonly string[];
  /** What the composer shows instead of a long paste. */
  readonly pastePlaceholder?: RegExp | string;
  /** How a plain text is proven to be taken. */
  readonly acceptance: Acceptance;
  /** A text that starts so is a command of the CLI or its shell and proves itself in no channel. */
  readonly commandPrefixes: readonly string[];
  /** The agent takes text during a turn and queues it itself. */
  readonly queuesWhileBusy: boolean;
}

/** Keys in tmux's spelling; groups are pressed with `gapMs` between them. */
export interface KeyPlan {
  readonly keys: readonly (readonly string[])[];
  readonly gapMs: number;
  /** How long the agent usually takes to show the effect, in ms. */
  readonly withinMs: number;
}

/** What a reader made of one piece of a channel. */
export interface Reading {
  readonly claims: readonly Claim[];
  /** Carried to the next piece; plain JSON. */
  readonly memory: unknown;
  /** The conversation it belongs to, when the piece says so. */
  readonly conversation?: string | null;
  /** Where the log of this conversation lies, when the piece says so. */
  readonly logPath?: string | null;
}

export interface HookReader {
  /**
   * One hook payload, parsed JSON. Claims of kind `dialog_opened` become answerable through the
   * hook when its registration asked for a reply; each option's `reply` is what the hook prints.
   */
  readonly read: (event: string, payload: unknown, memory: unknown) => Reading;
}

export interface LogReader {
  /** Where the log lies, as soon as that can be told; asked again until it answers. */
  readonly find: (ctx: LogPlace) => Promise<string | null>;
  /** One complete line. Half lines, other programs' lines and unknown types give no claims. */
  readonly read: (line: string, memory: unknown) => Reading;
}

export interface LogPlace {
  readonly workPath: string;
  readonly agentSessionId: string | null;
  readonly pid: number | null;
  /** When the session was started, epoch ms. */
  readonly startedAt: number;
  /** `facts` of the launch plan. */
  readonly facts: Readonly<Record<string, string>>;
  /** Environment of the agent, HOME among it. */
  readonly env: Readonly<Record<string, string>>;
  readonly list: (
    folder: string,
  ) => Promise<readonly { readonly name: string; readonly mtimeMs: number }[]>;
  readonly read: (path: string) => Promise<string | undefined>;
  /** Files the process tree of the agent holds open. */
  readonly openFiles: () => Promise<readonly string[]>;
}

/** A small file the agent rewrites with its present status. */
export interface StatusFileReader {
  readonly path: (ctx: Omit<LogPlace, "list" | "read" | "openFiles">) => string | null;
  readonly read: (text: string, memory: unknown) => Reading;
}

export interface ApiReader {
  /** Yields readings until the signal ends it; reconnecting is the caller's part. */
  readonly follow: (ctx: ApiContext, signal: AbortSignal) => AsyncIterable<Reading>;
  /** Gives `reply` to the dialog at `address`; false when it is not open any more. */
  readonly reply: (ctx: ApiContext, address: string, reply: string) => Promise<boolean>;
}

export interface ApiContext {
  readonly facts: Readonly<Record<string, string>>;
  readonly agentSessionId: string | null;
  readonly request: (
    method: "GET" | "POST",
    path: string,
    body?: unknown,
  ) => Promise<{ readonly status: number; readonly text: string }>;
  readonly events: (path: string) => AsyncIterable<string>;
}

// --- screens -------------------------------------------------------------------------------

export interface ScreenFacts {
  /** Tried by descending priority; the first match of each group decides. */
  readonly rules: readonly ScreenRule[];
  readonly composer: ComposerRule;
  /** How long the output must pause before a screen counts as settled, in ms. */
  readonly settleMs: number;
  /** How long a settled idle screen must last before it alone may end a turn, in ms. */
  readonly idleHoldMs: number;
}

export interface ScreenRule {
  readonly id: string;
  /** `hold`: a viewer or picker covers the agent; nothing may be concluded. */
  readonly shows: "busy" | "idle" | "dialog" | "limit" | "hold";
  readonly priority: number;
  readonly region: Region;
  readonly match: Match;
  readonly dialog?: DialogRule;
  /** Versions it holds for, `>=1.2 <2`; all when absent. */
  readonly versions?: string;
}

/** A part of the screen. Lines are counted without empty ones at the end. */
export type Region =
  | "screen"
  | "title"
  | { readonly lastLines: number }
  /** From the last line that matches, itself included. */
  | { readonly fromLast: RegExp | string };

export type Match =
  | { readonly contains: string }
  | { readonly regex: RegExp | string }
  | { readonly all: readonly Match[] }
  | { readonly any: readonly Match[] }
  | { readonly not: Match };

export interface ComposerRule {
  /** Matches the first line of the input; group 1 is the typed text. */
  readonly line: RegExp | string;
  readonly region: Region;
  /** Text that is a hint and not a draft, besides dim text. */
  readonly placeholders?: readonly (RegExp | string)[];
}

export interface DialogRule {
  readonly kind: PromptKind;
  /** First line of the question; text runs from it (included) to the first option. */
  readonly from: RegExp | string;
  /** One option a line; groups `key` (may be absent) and `label`. */
  readonly option: RegExp | string;
  /** First line after the options, when more text follows them. */
  readonly until?: RegExp | string;
  readonly roles: readonly { readonly role: OptionRole; readonly label: RegExp | string }[];
  /** Keys for options without a `key` group: by role. */
  readonly keys?: Readonly<Partial<Record<OptionRole, string>>>;
  readonly acceptsText?: boolean;
  /** For dialogs no pattern can describe; lines are those of the region. */
  readonly parse?: (lines: readonly string[]) => Dialog | null;
}

/** Checks nothing at run time; it gives the file its type and its completion. */
export function defineProvider(definition: ProviderDefinition): ProviderDefinition {
  return definition;
}
