/** How an agent's screen is read. */
import type { Dialog, OptionRole, PromptKind } from "../../domain/prompt.ts";

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
