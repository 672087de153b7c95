/**
 * How an agent CLI is described. This is the one file that `providers/*` may import, and the
 * package's entry `agentpool/provider`. A definition is data first; the few functions in it are
 * pure, except the API reader, which reaches its agent only through what it is handed.
 */
import type { Acceptance } from "../domain/delivery.ts";
import type { Claim } from "../domain/observation.ts";
import type { Dialog, OptionRole, PromptKind, PromptOption } from "../domain/prompt.ts";
import type { WorkspaceMode } from "../domain/session.ts";
import type { UsageConfidence, UsageWindow, WindowKind } from "../domain/usage.ts";

/** For options and requests that a provider cannot serve: `invalid_input`, `policy_blocked`. */
export { AgentpoolError } from "../domain/errors.ts";
/** For CLIs that run only what is known to them by its digest. */
export { sumCalls } from "../domain/tokens.ts";
export type { TokenCount, TokenUsage } from "../domain/tokens.ts";
export { sha256 } from "./sha256.ts";
export type {
  Acceptance,
  Claim,
  Dialog,
  OptionRole,
  PromptKind,
  PromptOption,
  UsageConfidence,
  UsageWindow,
  WindowKind,
  WorkspaceMode,
};

export interface ProviderDefinition {
  /** Lower case, digits and dashes; what users type after `--provider`. */
  readonly id: string;
  readonly aliases?: readonly string[];
  /**
   * Further ids of this provider that come with options already set. Options given besides win.
   */
  readonly presets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly displayName: string;
  readonly vendor: string;
  /** The program family, as `harness` in session JSON. */
  readonly harness: string;
  /** Whether the facts below were obtained by running the CLI or only read about it. */
  readonly verified: "verified" | "from_documentation";

  readonly binary: BinaryFacts;
  /** Environment names the agent needs besides the allow-list; taken from the asking command. */
  readonly env: readonly string[];
  /** Whose quota its sessions use; absent where the CLI keeps nothing of an account in a folder. */
  readonly account?: AccountFacts;
  /** Where the rest of a quota can be asked for; what sessions tell by themselves needs none. */
  readonly usage?: UsageFacts;
  readonly options: LaunchOptions;
  /**
   * Files of the person's that a launch builds on, absolute: for CLIs whose settings of one process
   * take the place of the person's instead of coming besides.
   */
  readonly reads?: (env: Readonly<Record<string, string>>) => readonly string[];
  /** Command line, environment and files of one new session. */
  readonly launch: (request: LaunchRequest) => LaunchPlan;

  readonly input: InputFacts;
  readonly screen: ScreenFacts;
  readonly hooks?: HookReader;
  readonly log?: LogReader;
  readonly statusFile?: StatusFileReader;
  readonly api?: ApiReader;
  readonly title?: (title: string) => readonly Claim[];

  /** For CLIs that go on by themselves with what met a limit, once that is over. */
  readonly afterLimit?: {
    /** So long after the reset it has shown that it goes on. */
    readonly withinMs: number;
    /** What keeps it from doing so, pressed while it waits. */
    readonly cancel: KeyPlan;
  };

  readonly interrupt: KeyPlan;
  /** How the agent is asked to leave by itself. */
  readonly exit: KeyPlan;
  /**
   * For CLIs that ask whether the folder is trusted and have no setting of their process against it:
   * a line of that startup dialog. Before the first turn it is answered with its option `allow`,
   * which has to hold for this session alone, where the policy trusts folders.
   */
  readonly trustDialog?: Pattern;
  /** Files the agent or we leave in a work folder that are not work; git pathspecs, kept out of diffs. */
  readonly litter?: readonly string[];
  /** How `agentpool provider test` tries it; as an agent with a model of its own when absent. */
  readonly trial?: TrialFacts;
}

/** What the program is told in a trial, where plain instructions to a model mean nothing to it. */
export interface TrialFacts {
  /** Prompts cost nothing: no model of anybody's is asked. */
  readonly free?: boolean;
  /** Options of the sessions in a trial, as after `--provider-option`. */
  readonly options?: Readonly<Record<string, string>>;
  readonly prompts?: TrialPrompts;
}

/** Null says that there is no such thing in this program; an absent one is an ordinary instruction. */
export interface TrialPrompts {
  /** Makes it say `pong`. */
  readonly reply?: string | null;
  /** Has several lines; whatever it does comes to an end at once. */
  readonly lines?: string | null;
  /** What stands before a text of 64 KB, whose lines begin with a number and a colon. */
  readonly large?: string | null;
  /** Makes it ask for approval. */
  readonly approval?: string | null;
  /** Makes it ask a question. */
  readonly question?: string | null;
  /** Keeps it busy for half a minute or longer. */
  readonly work?: string | null;
}

export interface BinaryFacts {
  /**
   * Names looked up on PATH, then in the usual folders; or absolute paths, or paths below the
   * user's home (`~/…`; `~/.local/share/` follows `XDG_DATA_HOME`).
   */
  readonly candidates: readonly string[];
  readonly versionArgs: readonly string[];
  /** Finds the version (group 1) in what `versionArgs` prints; no match = an unrelated program. */
  readonly versionPattern: RegExp | string;
  /** Versions the facts were obtained with. */
  readonly tried: readonly string[];
  /** How to get the program, one line. */
  readonly install: string;
}

/** The folder a CLI keeps its sign-in in: another folder is another account. */
export interface AccountFacts {
  /** The variable that moves the folder, one of `env`; null where there is none. */
  readonly variable: string | null;
  /** What the variable names is the folder above this one. */
  readonly within?: string;
  /** Where it is otherwise, below the user's home: `~/.codex`. */
  readonly folder: string;
}

export interface UsageFacts {
  /**
   * Asked only when a person refreshes the usage, one after the other until one tells windows.
   * Each says before it is asked what it reads and whom it asks.
   */
  readonly probes: readonly UsageProbe[];
  /** What programs of others that tell usage call this provider, where they know it. */
  readonly helpers?: {
    /** The word after `codexbar usage --provider`. */
    readonly codexbar?: string;
    /** Whether `ccusage blocks` is about this provider. */
    readonly ccusage?: boolean;
  };
}

export interface UsageProbe {
  /** Lower case with dashes, unique in the provider; the source its windows are shown with. */
  readonly id: string;
  /** What it reads and does, a sentence for people who ask what a refresh touches. */
  readonly does: string;
  /** Hosts it talks to; empty for none. */
  readonly hosts: readonly string[];
  readonly confidence: UsageConfidence;
  /** Spends something, a start of the agent for instance: asked only when that was asked for. */
  readonly costly?: boolean;
  /**
   * Throws an AgentpoolError with code `not_logged_in` where nobody is signed in, any other error
   * where it cannot tell. A credential it reads goes nowhere but into its own request.
   */
  readonly ask: (ctx: UsageContext) => Promise<UsageAnswer>;
}

export interface UsageAnswer {
  readonly windows: readonly UsageWindow[];
  /** The name of the subscription, where it is told. */
  readonly plan: string | null;
}

/** A pane in which a program runs that a probe reads. */
export interface ProbePane {
  /** The lines on the screen, without colours. */
  readonly screen: () => Promise<readonly string[]>;
  readonly paste: (text: string) => Promise<void>;
  /** In tmux's spelling. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
}

/** All that a probe reaches the world by; every call ends when the refresh does. */
export interface UsageContext {
  /** Absolute path of the agent's program, null where it is not installed. */
  readonly binary: string | null;
  /** Of whoever asks: the allow-list and the names that the provider declares. */
  readonly env: Readonly<Record<string, string>>;
  /** The account's folder, absolute; null without `account`. */
  readonly folder: string | null;
  readonly now: number;
  /** Undefined when there is no such file. */
  readonly read: (path: string) => Promise<string | undefined>;
  readonly list: (
    folder: string,
  ) => Promise<readonly { readonly name: string; readonly mtimeMs: number }[]>;
  /** Runs a program to its end. Throws when it cannot be started or takes too long. */
  readonly exec: (
    argv: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ) => Promise<{ readonly exitCode: number | null; readonly stdout: string }>;
  /**
   * Starts a program that speaks JSON-RPC in lines, hands over a way to call it, and ends it.
   */
  readonly converse: <T>(
    argv: readonly string[],
    talk: (rpc: {
      readonly call: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>;
      readonly notify: (method: string, params: unknown) => void;
    }) => Promise<T>,
  ) => Promise<T>;
  /** Runs a program in a terminal, in an empty folder of its own, and ends it. */
  readonly watch: <T>(
    argv: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>> },
    talk: (pane: ProbePane) => Promise<T>,
  ) => Promise<T>;
  /** Over HTTPS, to hosts that the probe names and to no other. Redirects are not followed. */
  readonly request: (
    url: string,
    options: {
      readonly method?: "GET" | "POST";
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array | string;
    },
  ) => Promise<{ readonly status: number; readonly body: Uint8Array }>;
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
  /**
   * A longer first prompt is pasted, in bytes; 8 kB by default. A definition that says more hands
   * it over in a way that no command line bounds.
   */
  readonly promptArgumentBytes?: number;
  /**
   * True when `launch` has flags or settings for the mode `read_only` that the CLI itself enforces.
   * Otherwise that mode is refused: a promise nobody keeps is worse than none.
   */
  readonly readOnly?: boolean;
  /** True when `launch` can go on with an earlier conversation; see `LaunchRequest.resume`. */
  readonly resume?: boolean;
}

export interface LaunchRequest {
  /** Absolute path of the agent's program. */
  readonly binary: string;
  /** Version found, null when it could not be told. */
  readonly version: string | null;
  readonly sessionId: string;
  /** A fresh UUID for CLIs whose conversation id can be chosen. */
  readonly conversationId: string;
  /**
   * The CLI's own id of the conversation to go on with, null for a new one. A plan for it has that
   * id as `agentSessionId`.
   */
  readonly resume: string | null;
  readonly workPath: string;
  readonly mode: WorkspaceMode;
  readonly model: string | null;
  readonly effort: string | null;
  readonly serviceTier: string | null;
  /** The first prompt when it travels as an argument, else null. */
  readonly promptArgument: string | null;
  /** Values of allow-listed and declared environment names that the asking command had. */
  readonly env: Readonly<Record<string, string>>;
  /** What stands in the definition's `reads`, by path; without those that are not there. */
  readonly read?: Readonly<Record<string, string>>;
  /**
   * A folder of this session's own, 0700, for files the CLI reads; it goes with its process. Logs
   * (`*.jsonl`) in a folder `conversations` beside it stay, rewritten without secrets.
   */
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
  /**
   * What the first start prepares for all later ones and two at once would spoil, such as a
   * database in the agent's home. Until an agent whose plan says the same is up, no second one is
   * started.
   */
  readonly preparesOnce?: string;
}

export interface InputFacts {
  /** Time between the settled paste and Enter, in ms. */
  readonly enterGapMs: number;
  /** How long a paste may take to show, in ms, before Enter is pressed regardless. */
  readonly settleMs: number;
  readonly submitKey: string;
  /** Keys that empty the composer, for the case that a paste arrived damaged. */
  readonly clearKeys?: readonly string[];
  /** `clearKeys` empty one line; they are pressed again and again, and do no harm where none is left. */
  readonly clearsLine?: boolean;
  /**
   * What one paste may hold without the agent taking it for an attachment. A longer text is handed
   * over as several pastes in one write; `lines` counts one more than there are line ends,
   * `characters` are UTF-16 units.
   */
  readonly pasteLimit?: { readonly lines: number; readonly characters: number };
  /** A dialog ignores the keys pressed so soon after it came up, in ms. */
  readonly dialogGraceMs?: number;
  /** How a plain text is proven to be taken. */
  readonly acceptance: Acceptance;
  /** A text that starts so is a command of the CLI or its shell and proves itself in no channel. */
  readonly commandPrefixes: readonly string[];
  /**
   * Blanks typed around a prompt that is pasted, which the agent takes off again: with them nothing
   * at its beginning is a command and nothing at its end opens a menu that takes the Enter. A prompt
   * that begins like a command is then pasted and never an argument.
   */
  readonly padding?: { readonly before: string; readonly after: string };
  /**
   * Texts that the agent would not read as they are (it runs them as a command, say) and that no way
   * of handing over protects; they are refused before anything is typed or started.
   */
  readonly refused?: readonly RefusedText[];
  /**
   * The input line stands before the agent is there: a text typed sooner is lost, or read without the
   * conversation. It waits until this channel is first heard, and at most so long after the input
   * line came up, in ms.
   */
  readonly listensFrom?: { readonly channel: "hook" | "log"; readonly withinMs: number };
  /** The agent takes text during a turn: it queues it itself, or lets it join the turn at once. */
  readonly queuesWhileBusy: boolean;
}

export interface RefusedText {
  /** Sees the whole text, not its lines. */
  readonly pattern: Pattern;
  /** Whether it is so only when it is pasted, or as an argument too. */
  readonly when: "pasted" | "always";
  /** What the agent makes of it, a sentence for people. */
  readonly why: string;
  /** How to say the same so that it arrives. */
  readonly hint: string;
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
  /** When it was written, epoch ms, where the piece says so; what is older than the session is history. */
  readonly at?: number;
}

export interface HookReader {
  /** Kinds of dialog a waiting hook can answer; the hook may be heard after the dialog is seen. */
  readonly answers?: readonly PromptKind[];
  /**
   * One hook payload, parsed JSON. Claims of kind `dialog_opened` become answerable through the
   * hook when its registration asked for a reply; each option's `reply` is what the hook prints.
   */
  readonly read: (event: string, payload: unknown, memory: unknown) => Reading;
  /**
   * What a waiting hook prints for an answer in the caller's own words; `context` is the `inWords`
   * of the claim that opened the dialog.
   */
  readonly inWords?: (context: string, text: string) => string;
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
  /** Kinds of dialog that can be answered here. */
  readonly answers?: readonly PromptKind[];
  /**
   * Yields readings until the signal ends it; reconnecting is the caller's part. The first one says
   * that the agent answers, and holds whatever happened since `ctx.memory`. While it is followed,
   * limits and dialogs of the kinds above are not read from the screen as well.
   */
  readonly follow: (ctx: ApiContext, signal: AbortSignal) => AsyncIterable<Reading>;
  /** The reply for an answer in the caller's own words; see HookReader. */
  readonly inWords?: (context: string, text: string) => string;
  /** Gives `reply` to the dialog at `address`; false when it is not open any more. */
  readonly reply: (ctx: ApiContext, address: string, reply: string) => Promise<boolean>;
  /** There when texts can be handed over here instead of being typed. */
  readonly texts?: TextChannel;
  /** Stops what the agent does and asks; resolves when it was told, not when it stopped. */
  readonly interrupt?: (ctx: ApiContext) => Promise<void>;
}

/** Hands prompts to the agent byte for byte, whatever stands in its composer or on its screen. */
export interface TextChannel {
  /**
   * The id a text will have in the conversation; kept before it is handed over, so that whoever
   * comes after a crash can look for it. `prompt_taken` names it as `agentTurn`.
   */
  readonly idOf: (handOver: { readonly deliveryId: string; readonly at: number }) => string;
  /**
   * Hands the text over under this id. Repeated, it finds the text there and adds nothing. Throws
   * while the agent does not answer; then nobody can tell whether it took the text, until a later
   * call finds out.
   */
  readonly send: (ctx: ApiContext, id: string, text: string) => Promise<HandedOver>;
}

/**
 * - `given`: it is on its way into the conversation, or in it.
 * - `late`: it is not there, and the conversation went on since its id was made; it needs another.
 * - `refused`: the agent will never take it.
 */
export type HandedOver =
  | { readonly outcome: "given" | "late" }
  | { readonly outcome: "refused"; readonly because: string };

export interface ApiContext {
  readonly facts: Readonly<Record<string, string>>;
  readonly agentSessionId: string | null;
  /** The memory of the last reading that was taken in, by whichever supervisor; null at first. */
  readonly memory: unknown;
  /** Throws when nobody answers in time, 10 s by default. */
  readonly request: (
    method: "GET" | "POST",
    path: string,
    options?: { readonly body?: unknown; readonly timeoutMs?: number },
  ) => Promise<{ readonly status: number; readonly text: string }>;
  /** The data of each server-sent event. Throws when nothing, not even a comment, came so long. */
  readonly events: (
    path: string,
    options?: { readonly silenceMs?: number },
  ) => AsyncIterable<string>;
}

// --- screens -------------------------------------------------------------------------------

/**
 * A regular expression, or its source (flag `u`). It sees one line at a time, without escapes and
 * trailing blanks; a no-break space counts as a space. Flags `g` and `y` have no effect.
 */
export type Pattern = RegExp | string;

export interface ScreenFacts {
  /**
   * Groups are asked in the order hold, dialog, limit, busy, idle; in each, rules are tried by
   * descending priority and the first match decides.
   */
  readonly rules: readonly ScreenRule[];
  readonly composer: ComposerRule;
  /** First line of a prompt as it stands in the conversation; see the region `turn`. */
  readonly submitted?: Pattern;
  /** How long the output must pause before a screen counts as settled, in ms. */
  readonly settleMs: number;
  /**
   * How much later than on the screen a dialog of a turn stands in the agent's log, in ms; for so
   * long one that no channel has told of yet is not taken from the screen.
   */
  readonly dialogLagMs?: number;
  /** How long a settled idle screen must last before it alone may end a turn, in ms. */
  readonly idleHoldMs: number;
}

export interface ScreenRule {
  readonly id: string;
  /**
   * - `hold`: a viewer or picker covers the agent; nothing may be concluded.
   * - `idle`: where there are such rules, a visible composer alone does not mean that the agent
   *   is ready: unless one of them (or a busy rule) matches, the composer is not reported.
   */
  readonly shows: "busy" | "idle" | "dialog" | "limit" | "hold";
  readonly priority: number;
  readonly region: Region;
  readonly match: Match;
  /** How the dialog is read; for rules that show one. */
  readonly dialog?: DialogRule;
  /** Versions it holds for, `>=1.2 <2`; all when absent. Ignored while the version is unknown. */
  readonly versions?: string;
}

/** A part of the screen. Lines are counted without empty ones at the end. */
export type Region =
  | "screen"
  | "title"
  /**
   * Below the last prompt that was submitted and above the composer. Without `submitted`, or when
   * that prompt scrolled away, everything above the composer.
   */
  | "turn"
  | { readonly lastLines: number }
  /** From the last line that matches, itself included. */
  | { readonly fromLast: Pattern }
  /** The last unbroken run of lines that all match: a box by its border. */
  | { readonly lastRun: Pattern };

/** `contains` and `regex` hold when one line of the region fits. */
export type Match =
  | { readonly contains: string }
  | { readonly regex: Pattern }
  | { readonly all: readonly Match[] }
  | { readonly any: readonly Match[] }
  | { readonly not: Match }
  /** The same question about another part of the screen. */
  | { readonly within: Region; readonly match: Match };

export interface ComposerRule {
  readonly region: Region;
  /**
   * The input stands where the cursor does, and its further lines are those that ran over the right
   * edge. For line-oriented programs: their old inputs stay on the screen and look like new ones,
   * and while such a program works the cursor stands below what was typed last.
   */
  readonly atCursor?: boolean;
  /**
   * The first line of the input; group 1 is its text. The last line of the region that matches
   * counts; in a box (`lastRun`) the first.
   */
  readonly line: Pattern;
  /** Must match the line directly above the input: an upper border. */
  readonly above?: Pattern;
  /** What stands there instead when the input is longer than its place; group 1 is by how many lines. */
  readonly hidden?: Pattern;
  /** Further lines of the input; group 1 is their text. By default two blanks are taken off. */
  readonly more?: Pattern;
  /**
   * The line under the input: a border or footer. The last one in the region counts, and where
   * none is, there is no input. When absent, the input ends before the first line that is empty
   * or does not match `more`.
   */
  readonly until?: Pattern;
  /** Text that is a hint and not a draft, besides dim text. */
  readonly placeholders?: readonly Pattern[];
  /** What the input shows instead of a long paste. */
  readonly pastePlaceholder?: Pattern;
  /**
   * A line that is on screen whenever the input is and never under a dialog (a mode line); group
   * 1, if any, is the part of it that stays. Typing is guarded by it; by the input line if absent.
   */
  readonly guard?: Pattern;
}

export interface DialogRule {
  readonly kind: PromptKind;
  /**
   * First line of the question: the first in the rule's region that matches. Text runs from it
   * (included) to the first option.
   */
  readonly from: Pattern;
  /**
   * One option a line, or several beside each other; groups `label` and, where the option has a
   * key of its own, `key` (as the screen spells it: `1`, `y`, `esc`). Of numbered lists only the
   * last that counts from the lowest number is taken.
   */
  readonly option: Pattern;
  /** A line that goes on with the label above it; group 1 is the text. */
  readonly continuation?: Pattern;
  /** First line after the options, when more text follows them. */
  readonly until?: Pattern;
  /** Lines between `from` and the options that are no part of the question: hints, clocks. */
  readonly ignore?: Pattern;
  /** The tool call or file the dialog is about: group 1 in one of the lines of the question. */
  readonly subject?: Pattern;
  readonly roles: readonly { readonly role: OptionRole; readonly label: Pattern }[];
  /** Keys for options without a `key` group, by role, in tmux's spelling. */
  readonly keys?: Readonly<Partial<Record<OptionRole, string>>>;
  /** For menus whose options have no keys: how the marked option is moved and confirmed. */
  readonly menu?: MenuRule;
  readonly acceptsText?: boolean;
  /** The input stays on screen below the dialog. Otherwise a dialog above the input is an old one. */
  readonly besideComposer?: boolean;
  /**
   * For dialogs no pattern can describe; lines are those of the region, `bold` says which of them
   * hold bold text, by which some menus alone show what is marked.
   */
  readonly parse?: (lines: readonly string[], bold: readonly boolean[]) => Dialog | null;
}

export interface MenuRule {
  /** Matches the option line that is marked. */
  readonly marked: Pattern;
  readonly next: string;
  readonly previous: string;
  readonly confirm: string;
}

/** Checks nothing at run time; it gives the file its type and its completion. */
export function defineProvider(definition: ProviderDefinition): ProviderDefinition {
  return definition;
}
