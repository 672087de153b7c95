/** What a provider says about whose quota its sessions use, and where the rest of it can be asked for. */
import type { UsageConfidence, UsageWindow } from "../../domain/usage.ts";

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
