import type { Draft } from "./draft.ts";
import type { ScreenReading } from "./observation.ts";
import {
  fingerprintOf,
  type Dialog,
  type Prompt,
  type PromptOption,
  type ReplyChannel,
} from "./prompt.ts";
import { isStructured, type Source } from "./source.ts";
import { closePrompt, type RuleContext } from "./turn-rules.ts";

/** A dialog that two sources report within this time of each other is one dialog. */
const sameDialogWithinMs = 5_000;
const keptRefs = 64;
const comparedLength = 200;
/** Shorter words stand in many a text. */
const tellingLength = 8;
/** How long a dialog that is over may still be seen. */
export const leftoverMs = 2_000;

/** A structured source shows a dialog: the agent's own record of it, with its id. */
export function openFromChannel(
  draft: Draft,
  ctx: RuleContext,
  source: Source,
  at: number,
  ref: string,
  dialog: Dialog,
  channel: ReplyChannel | null,
): void {
  if (draft.session.evidence.over.includes(ref)) return;
  const open = openPrompts(draft);
  const known =
    open.find((prompt) => prompt.ref === ref) ??
    open.find(
      (prompt) =>
        prompt.ref === null &&
        prompt.kind === dialog.kind &&
        at - prompt.openedAt < sameDialogWithinMs,
    );
  if (!known) {
    addPrompt(draft, ctx, source, at, dialog, ref, channel, null);
    return;
  }
  draft.setPrompt(known.id, {
    ref,
    openedBy: isStructured(known.openedBy) ? known.openedBy : source,
    channel: channel ?? known.channel,
    // the agent's record is exact; what the screen adds is how the options are reached by keys
    text: dialog.text === "" ? known.text : dialog.text,
    subject: dialog.subject ?? known.subject,
    options: mergeOptions(known.options, dialog.options),
  });
}

/** Remembers that a dialog or tool call is over; reports of one thing come from several channels. */
export function markOver(draft: Draft, ref: string): void {
  const { evidence } = draft.session;
  if (evidence.over.includes(ref)) return;
  draft.setSession({ evidence: { ...evidence, over: [...evidence.over, ref].slice(-keptRefs) } });
}

/** What a channel says about a dialog that is over. */
interface ClosedDialog {
  readonly ref: string | null;
  readonly how: string;
  readonly openedBefore?: number;
  readonly unanswered?: boolean;
  readonly reply?: string;
}

/** A structured source shows that a dialog is over. A null ref ends all that it opened. */
export function closeFromChannel(
  draft: Draft,
  source: Source,
  at: number,
  { ref, how, openedBefore, unanswered = false, reply }: ClosedDialog,
): void {
  for (const prompt of openPrompts(draft)) {
    if (ref !== null && prompt.ref !== ref) continue;
    const meant =
      openedBefore === undefined ? prompt.openedBy === source : prompt.openedAt < openedBefore;
    if (ref === null && !meant) continue;
    if (prompt.ref !== null) markOver(draft, prompt.ref);
    closePrompt(draft, prompt.id, at, how, { unanswered: unanswered || isOther(prompt, reply) });
    rememberClosed(draft, prompt, at);
  }
}

/**
 * An agent that took a prompt is past the dialogs of its start, however long its screen still shows
 * them: a short turn may be over before it is drawn again.
 */
export function closeStartup(draft: Draft, at: number): void {
  for (const prompt of openPrompts(draft)) {
    if (prompt.kind !== "startup" || prompt.openedAt > at) continue;
    closePrompt(draft, prompt.id, at, "the agent took a prompt since");
    rememberClosed(draft, prompt, at);
  }
}

function rememberClosed(draft: Draft, prompt: Prompt, at: number): void {
  const { kind, text, screenFingerprint } = prompt;
  const closed = { kind, text: compact(text), screenFingerprint, at };
  draft.setSession({ evidence: { ...draft.session.evidence, closed } });
}

/** Whether somebody else answered first, with another option than ours. */
function isOther({ answer, options }: Prompt, reply: string | undefined): boolean {
  if (reply === undefined || answer === null || answer.label === null) return false;
  return options.find(({ label }) => label === answer.label)?.reply !== reply;
}

/** The screen shows a dialog: bind it to the prompt it belongs to, or open one. */
export function showDialog(
  draft: Draft,
  ctx: RuleContext,
  at: number,
  reading: ScreenReading & { readonly dialog: Dialog },
): void {
  const { dialog, dialogLines } = reading;
  const print = fingerprintOf(dialog);
  const open = openPrompts(draft);
  if (open.some((prompt) => prompt.screenFingerprint === print)) return;
  const candidates = open.filter(
    (prompt) =>
      prompt.ref !== null && prompt.kind === dialog.kind && prompt.screenFingerprint === null,
  );
  const alike =
    candidates.find((prompt) => isAlike(prompt.text, dialog.text)) ??
    candidates.find((prompt) => isAbout(prompt.subject, dialog));
  if (!alike && isLeftover(draft, ctx.now, dialog, candidates.length > 0)) return;
  for (const stale of open.filter((prompt) => prompt.ref === null)) {
    closePrompt(draft, stale.id, at, "another dialog took its place on screen");
  }
  // words that fit none of several would make an answer reach another dialog than the one meant
  const unseen = alike ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (unseen) {
    const options = mergeOptions(dialog.options, unseen.options);
    draft.setPrompt(unseen.id, {
      screenFingerprint: print,
      screenLines: dialogLines,
      options,
      text: unseen.text === "" ? dialog.text : unseen.text,
      acceptsText: unseen.acceptsText || dialog.acceptsText,
    });
    draft.emit(at, {
      type: "prompt_changed",
      prompt_id: unseen.id,
      options: options.map((option) => option.label),
      source: "screen",
    });
    return;
  }
  addPrompt(draft, ctx, "screen", at, dialog, null, null, dialogLines);
}

/**
 * A dialog that the agent reported as over stays on screen until the agent draws again. It is told
 * from a new one by its words and by how long ago that was. One that was over before it was seen
 * is recognised by nothing: whatever is seen first is taken for it, unless the agent has reported
 * another one meanwhile.
 */
function isLeftover(draft: Draft, now: number, dialog: Dialog, another: boolean): boolean {
  const { closed } = draft.session.evidence;
  if (!closed || closed.kind !== dialog.kind || now - closed.at > leftoverMs) return false;
  if (isAlike(closed.text, dialog.text)) return true;
  return closed.screenFingerprint === null
    ? !another
    : closed.screenFingerprint === fingerprintOf(dialog);
}

/** Agents report a dialog in other words than they draw it, but one holds the other. */
function isAlike(reported: string, drawn: string): boolean {
  const [a, b] = [compact(reported), compact(drawn)];
  return a === "" || b === "" || a.includes(b) || b.includes(a);
}

/** Both name the same thing, of which a screen may show only the beginning. */
function isAbout(subject: string | null, drawn: Dialog): boolean {
  if (subject === null) return false;
  if (drawn.subject !== null && compact(subject) === compact(drawn.subject)) return true;
  const begin = compact(subject).slice(0, comparedLength);
  return begin.length >= tellingLength && compact(drawn.text).includes(begin);
}

/** Screen options say which key, channel options say which reply; one option has both. */
function mergeOptions(
  first: readonly PromptOption[],
  second: readonly PromptOption[],
): PromptOption[] {
  const merged: PromptOption[] = first.map((option) => ({ ...option }));
  for (const option of second) {
    const at = merged.findIndex(
      (candidate) =>
        sameLabel(candidate.label, option.label) ||
        (option.role !== "other" && candidate.role === option.role),
    );
    const match = merged[at];
    if (match) {
      merged[at] = { ...match, key: match.key ?? option.key, reply: match.reply ?? option.reply };
    } else {
      merged.push(option);
    }
  }
  return merged;
}

function sameLabel(a: string, b: string): boolean {
  return flat(a) === flat(b);
}

/** A narrow screen breaks words, so that blanks say nothing. */
function compact(text: string): string {
  return text.replace(/\s+/g, "").toLowerCase();
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim().toLowerCase();
}

function addPrompt(
  draft: Draft,
  ctx: RuleContext,
  source: Source,
  at: number,
  dialog: Dialog,
  ref: string | null,
  channel: ReplyChannel | null,
  screenLines: readonly string[] | null,
): void {
  const prompt: Prompt = {
    ...dialog,
    id: ctx.newId("prompt"),
    sessionId: draft.session.id,
    turnId: draft.session.currentTurnId,
    state: "open",
    ref,
    channel,
    fingerprint: fingerprintOf(dialog),
    screenFingerprint: screenLines === null ? null : fingerprintOf(dialog),
    screenLines,
    openedBy: source,
    openedAt: at,
    answeredAt: null,
    endedAt: null,
    answer: null,
    because: null,
  };
  draft.addPrompt(prompt);
  draft.emit(at, {
    type: "prompt_opened",
    prompt_id: prompt.id,
    kind: prompt.kind,
    text: prompt.text,
    source,
  });
}

export function openPrompts(draft: Draft): Prompt[] {
  return draft.prompts.filter(
    (prompt) => prompt.state === "open" || prompt.state === "answer_unconfirmed",
  );
}
