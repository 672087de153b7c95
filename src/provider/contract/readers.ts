/** What an agent tells by its hooks, its log, its status file and its API, and how that is read. */
import type { Claim } from "../../domain/observation.ts";
import type { PromptKind } from "../../domain/prompt.ts";

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
