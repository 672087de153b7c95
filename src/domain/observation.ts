import type { Dialog, ReplyChannel } from "./prompt.ts";
import type { Source } from "./source.ts";
import type { TokenUsage } from "./tokens.ts";
import type { TurnOutcome } from "./turn.ts";
import type { UsageWindow } from "./usage.ts";

/**
 * What a source says happened, in one vocabulary for all providers. Claims are edges: each is made
 * once, at the moment the source shows it. Only `screen`, `busy` and `idle` describe a level.
 */
export type Claim =
  /** The agent told its own conversation id, or where its log lies. */
  | { readonly kind: "agent_identified"; readonly agentSessionId: string }
  /** The agent took this prompt and works on it. */
  | {
      readonly kind: "prompt_taken";
      readonly text: string;
      readonly agentTurn: string | null;
      /** The agent gave itself this prompt: a background job reported, a limit was lifted. */
      readonly own?: boolean;
    }
  /** The agent put this prompt into its own queue. */
  | { readonly kind: "prompt_queued"; readonly text: string }
  | {
      readonly kind: "turn_ended";
      readonly outcome: Exclude<TurnOutcome, "cancelled">;
      readonly agentTurn: string | null;
      /** The final message, when this source carries it. */
      readonly result: string | null;
      readonly error: string | null;
    }
  | {
      readonly kind: "tool_started";
      readonly callId: string;
      readonly name: string;
      readonly detail: string;
    }
  | { readonly kind: "tool_finished"; readonly callId: string; readonly ok: boolean }
  /** A line of the conversation; `ref` is unique within the session and stops doubles. */
  | {
      readonly kind: "message";
      readonly role: "user" | "assistant" | "tool";
      readonly text: string;
      readonly ref: string;
    }
  | {
      readonly kind: "dialog_opened";
      readonly ref: string;
      readonly dialog: Dialog;
      readonly channel: ReplyChannel | null;
      /** See ReplyChannel.inWords; taken over by the channel that the dialog gets. */
      readonly inWords?: string;
    }
  /** The dialog with this ref is over; a null ref closes every dialog this source opened. */
  | {
      readonly kind: "dialog_closed";
      readonly ref: string | null;
      readonly how: string;
      /** With a null ref: every dialog that came up before this time, whoever reported it. */
      readonly openedBefore?: number;
      /** The agent says that nobody answered it: another dialog took its place, its turn ended. */
      readonly unanswered?: boolean;
      /** The option it was answered with, by that option's `reply`; another than ours is not ours. */
      readonly reply?: string;
    }
  | {
      readonly kind: "limit_hit";
      /** Epoch milliseconds, null when the agent did not say. */
      readonly resetsAt: number | null;
      readonly message: string;
    }
  /** Another session of the account met a limit. */
  | {
      readonly kind: "account_limited";
      readonly resetsAt: number | null;
      readonly until: number;
      readonly because: string;
    }
  | { readonly kind: "limit_warning"; readonly message: string }
  | { readonly kind: "limit_lifted" }
  /** What the agent's turn has spent so far, not what came since the last claim. */
  | {
      readonly kind: "usage";
      readonly tokens: TokenUsage;
      /** Whose tokens they are, by the agent's own id of the turn; absent for the one it works on. */
      readonly agentTurn?: string | null;
    }
  /** What the vendor told the agent about the account's quota, unasked. */
  | {
      readonly kind: "quota";
      readonly windows: readonly UsageWindow[];
      readonly plan: string | null;
    }
  | { readonly kind: "background_jobs"; readonly count: number }
  /** The agent works on something, without saying on what. */
  | { readonly kind: "busy"; readonly because: string }
  /** The agent waits for a prompt, without saying how the last one ended. */
  | { readonly kind: "idle"; readonly because: string }
  | { readonly kind: "screen"; readonly reading: ScreenReading }
  | { readonly kind: "process_started" }
  /** The agent never ran: its workspace or pane could not be made. */
  | { readonly kind: "start_failed"; readonly because: string }
  | {
      readonly kind: "process_exited";
      readonly exitCode: number | null;
      readonly signal: string | null;
    }
  /** The pane is gone and nobody can tell how the process ended. */
  | { readonly kind: "process_gone"; readonly because: string }
  /** The terminal cannot be asked at the moment; the process may well live. */
  | { readonly kind: "unreachable"; readonly because: string }
  | { readonly kind: "reachable" }
  /** A structured channel cannot be read; other sources take over until it speaks again. */
  | { readonly kind: "channel_lost"; readonly channel: Source; readonly because: string }
  /** Output of the pane was not logged for a while. */
  | { readonly kind: "output_gap"; readonly because: string }
  /** Nothing new; time-based rules are due. */
  | { readonly kind: "tick" };

/** What the screen rules made of one settled screen. */
export interface ScreenReading {
  /** The agent shows that it works. */
  readonly busy: boolean;
  /** The input line, when it is visible. */
  readonly composer: Composer | null;
  readonly dialog: Dialog | null;
  /** Lines that identify the dialog on screen, for the guard of key answers. */
  readonly dialogLines: readonly string[];
  readonly limit: { readonly message: string; readonly resetsAt: number | null } | null;
  /** Id of the rule that decided, null when none fitted. */
  readonly rule: string | null;
  /** The text that made it decide. */
  readonly because: string;
}

export interface Composer {
  /** What a person or we typed and did not submit; dim suggestion text is not part of it. */
  readonly draft: string;
  /** True when a paste shows as a placeholder instead of its text. */
  readonly pastePlaceholder: boolean;
  /** Lines of a long input above the first one shown, where the agent says how many. */
  readonly hiddenLines?: number;
  /** The input line as it stands on screen; typing is guarded by it still being there. */
  readonly line: string;
}

/** One statement, as it is stored and replayed by `explain`. */
export interface Observation {
  readonly sessionId: string;
  readonly at: number;
  readonly source: Source;
  /** Identity within the source (spool file, log offset); stops the same statement counting twice. */
  readonly ref: string | null;
  /** True when it belongs to another conversation than the session's; it moves nothing. */
  readonly foreign: boolean;
  readonly claim: Claim;
}

/** An observation with the number the store gave it. */
export interface StoredObservation extends Observation {
  readonly n: number;
  /** The event sequence after the decision it led to. */
  readonly seq: number;
  /** State and reason after it. */
  readonly outcome: string;
}
