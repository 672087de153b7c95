import type { Source } from "./source.ts";

/** What kind of dialog an agent shows. */
export type PromptKind = "question" | "approval" | "plan" | "startup" | "limit";

export type PromptState = "open" | "answered" | "answer_unconfirmed" | "withdrawn";

/** What choosing an option does, as far as the provider's definition knows. */
export type OptionRole = "allow" | "allow_always" | "deny" | "other";

export interface PromptOption {
  readonly label: string;
  /** The key that chooses it in the pane, in tmux's spelling; null when only the channel can. */
  readonly key: string | null;
  readonly role: OptionRole;
  /** What the channel wants to hear for it; null when only keys can choose it. */
  readonly reply: string | null;
}

/** A dialog as a source describes it, before it becomes a prompt with an id. */
export interface Dialog {
  readonly kind: PromptKind;
  /** What the agent asks, one string, without the options. */
  readonly text: string;
  readonly options: readonly PromptOption[];
  /** True when it takes free text besides or instead of an option. */
  readonly acceptsText: boolean;
  /** The tool call or file it is about, for people. */
  readonly subject: string | null;
}

/** An open channel through which exactly this dialog can be answered, without keys. */
export interface ReplyChannel {
  readonly source: "hook" | "api";
  /** What the channel needs to address the dialog: a reply path, a permission id. */
  readonly address: string;
  /**
   * There when the channel takes an answer in the caller's own words: what the provider needs to
   * phrase it.
   */
  readonly inWords?: string;
}

/** A dialog the agent is showing. */
export interface Prompt extends Dialog {
  readonly id: string;
  readonly sessionId: string;
  readonly turnId: string | null;
  readonly state: PromptState;
  /** The agent's own id of it (tool-use id, permission id), else null. */
  readonly ref: string | null;
  readonly channel: ReplyChannel | null;
  /** Hash of the normalised text and option labels as first reported; an answer may name it. */
  readonly fingerprint: string;
  /** The same of the dialog as the screen shows it; null until the screen showed it. */
  readonly screenFingerprint: string | null;
  /** Lines that must be on screen while key answers are typed; null until the screen showed it. */
  readonly screenLines: readonly string[] | null;
  readonly openedBy: Source;
  readonly openedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  readonly answer: PromptAnswer | null;
  readonly because: string | null;
}

export interface PromptAnswer {
  readonly label: string | null;
  readonly text: string | null;
  readonly author: string;
  readonly via: "channel" | "keys";
  /** Key of the request it came with: the same request made again finds its answer. */
  readonly requestKey?: string;
  /** False from before it is given until it was; what a supervisor that is killed leaves open. */
  readonly given?: boolean;
}

/** The dialog's identity: same words, same options, same dialog. */
export function dialogKey(dialog: Pick<Dialog, "kind" | "text" | "options">): string {
  const flat = (text: string): string => text.replace(/\s+/g, " ").trim();
  return [
    dialog.kind,
    flat(dialog.text),
    ...dialog.options.map((option) => flat(option.label)),
  ].join("\u0000");
}

function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/**
 * A short hash (two FNV-1a of 32 bits). It tells the dialogs of one session apart; it is no
 * protection against somebody who builds a collision, and need not be: key answers are also
 * guarded by the dialog's own lines on screen.
 */
export function fingerprint(text: string): string {
  return fnv1a(text, 0x811c9dc5) + fnv1a(text, 0x5bd1e995);
}

export function fingerprintOf(dialog: Pick<Dialog, "kind" | "text" | "options">): string {
  return fingerprint(dialogKey(dialog));
}

/** A question waits for input, every other dialog for approval. */
export function waitsFor(kind: PromptKind): "awaiting_input" | "awaiting_approval" {
  return kind === "question" ? "awaiting_input" : "awaiting_approval";
}

/**
 * Finds the option a caller means: by label without case, by its unique beginning, or by key.
 * Returns undefined when nothing or more than one fits.
 */
export function findOption(
  options: readonly PromptOption[],
  wanted: string,
): PromptOption | undefined {
  const want = wanted.trim().toLowerCase();
  if (want === "") return undefined;
  const exact = options.filter((option) => option.label.trim().toLowerCase() === want);
  if (exact.length === 1) return exact[0];
  const byKey = options.filter(
    (option) => option.key !== null && option.key.toLowerCase() === want,
  );
  if (byKey.length === 1) return byKey[0];
  const byStart = options.filter((option) => option.label.trim().toLowerCase().startsWith(want));
  return byStart.length === 1 ? byStart[0] : undefined;
}
