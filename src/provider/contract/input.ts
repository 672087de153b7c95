/** How texts and keys reach an agent through its terminal. */
import type { Acceptance } from "../../domain/delivery.ts";
import type { Pattern } from "./screen.ts";

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
