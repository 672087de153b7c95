/** How a session of an agent CLI is started: what is asked for, and the plan that comes of it. */
import type { WorkspaceMode } from "../../domain/session.ts";

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
  /**
   * The `--provider-option`s, with those of their values (`*` for any), with which the agent does
   * nothing unasked that it would ask for without them. All others are for people and for agents that
   * may start autonomous ones; where this is absent, every option.
   */
  readonly agentsMaySet?: Readonly<Record<string, readonly string[]>>;
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
  /** The tool server this session's agent is to start; null for none, absent as well. */
  readonly workerMcp?: WorkerServer | null;
  /**
   * The shell command to register for a hook event. It drops its standard input as one file into
   * the session's spool, prints nothing and exits 0. With `replyWithinS` it then waits so long
   * for an answer and prints that.
   */
  readonly hook: (event: string, options?: { readonly replyWithinS?: number }) => string;
  /** Persona and knobs of the scripted agent, `--provider-option name=value` of any other. */
  readonly extra: Readonly<Record<string, string>>;
}

/** A tool server over stdio that the agent CLI starts and ends with its own process. */
export interface WorkerServer {
  /** By which its tools are called: `mcp__<name>__…`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All it needs besides what a CLI gives each such server. */
  readonly env: Readonly<Record<string, string>>;
  readonly tools: readonly string[];
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
  /**
   * Files that have to lie in the work folder, below it; only for the mode `worktree`. They are
   * written where none of them is there, and should keep themselves out of git.
   */
  readonly workFiles?: readonly { readonly path: string; readonly content: string }[];
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
