/**
 * How an agent CLI is described. This is the one file that `providers/*` may import, and the
 * package's entry `agentpool/provider`. A definition is data first; the few functions in it are
 * pure, except the API reader, which reaches its agent only through what it is handed.
 */
import type { Claim } from "../domain/observation.ts";
import type { InputFacts, KeyPlan } from "./contract/input.ts";
import type { LaunchOptions, LaunchPlan, LaunchRequest } from "./contract/launch.ts";
import type { ApiReader, HookReader, LogReader, StatusFileReader } from "./contract/readers.ts";
import type { Pattern, ScreenFacts } from "./contract/screen.ts";
import type { TrialFacts } from "./contract/trial.ts";
import type { AccountFacts, UsageFacts } from "./contract/usage.ts";

/** For options and requests that a provider cannot serve: `invalid_input`, `policy_blocked`. */
export { AgentpoolError } from "../domain/errors.ts";
/** For CLIs that run only what is known to them by its digest. */
export { sumCalls } from "../domain/tokens.ts";
export type { TokenCount, TokenUsage } from "../domain/tokens.ts";
export { sha256 } from "./sha256.ts";
/** Set for a `WorkerServer` to a path where it leaves a file once the CLI has its list of tools. */
export { toolsListedVariable } from "../domain/toolset.ts";
export type { Acceptance } from "../domain/delivery.ts";
export type { Claim } from "../domain/observation.ts";
export type { Dialog, OptionRole, PromptKind, PromptOption } from "../domain/prompt.ts";
export type { WorkspaceMode } from "../domain/session.ts";
export type { UsageConfidence, UsageWindow, WindowKind } from "../domain/usage.ts";
export type * from "./contract/input.ts";
export type * from "./contract/launch.ts";
export type * from "./contract/readers.ts";
export type * from "./contract/screen.ts";
export type * from "./contract/trial.ts";
export type * from "./contract/usage.ts";

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
  /**
   * Given where `launch` hands `LaunchRequest.workerMcp` to the CLI, for its process alone. Agents
   * without have the same verbs in their shell.
   */
  readonly workerMcp?: WorkerMcpFacts;
  /** Files the agent or we leave in a work folder that are not work; git pathspecs, kept out of diffs. */
  readonly litter?: readonly string[];
  /** How `agentpool provider test` tries it; as an agent with a model of its own when absent. */
  readonly trial?: TrialFacts;
}

/** How a CLI is given the tools by which agents work together. */
export interface WorkerMcpFacts {
  /** The flag, variable or file they travel by, for people. */
  readonly by: string;
  /** Whether calls of them go through without a dialog. */
  readonly unasked: boolean;
  /** A file has to lie in the work folder: elsewhere than in a worktree of ours there are none. */
  readonly onlyInWorktree?: boolean;
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

/** Checks nothing at run time; it gives the file its type and its completion. */
export function defineProvider(definition: ProviderDefinition): ProviderDefinition {
  return definition;
}
