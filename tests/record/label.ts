/** What the agent did, moment by moment, by its own hooks, log or API and by nothing else. */
import { waitsFor } from "../../src/domain/prompt.ts";
import { isStructured } from "../../src/domain/source.ts";
import type { Told } from "./take.ts";

export type Label = "idle" | "running" | "awaiting_input" | "awaiting_approval" | "limited" | null;

export interface Labelled {
  readonly at: number;
  readonly label: Label;
}

/** What we say of our own answer; the agent has not yet shown that it took it. */
const ourAnswer = "answered through the agent's channel";

/**
 * Null where nobody can tell: before the first turn, and between an act of a person and what the
 * agent tells next. Two channels tell the same a moment apart, and the last word counts; whoever
 * uses a label waits until it has held for a while.
 */
export function labels(told: readonly Told[], acts: readonly number[]): Labelled[] {
  const found: Labelled[] = [];
  let runs: boolean | null = null;
  let turn: { readonly text: string; readonly sources: Set<string> } | undefined;
  const dialogs = new Map<string, Exclude<Label, null>>();
  /** What a status of the agent says; it is the last to follow. */
  let level: "busy" | "idle" | null = null;
  let limitUntil: number | null = null;
  let isLimited = false;
  let uncertain = true;

  const stillOther = (): boolean => level !== null && (level === "busy") !== runs;
  const say = (at: number): void => {
    const open = [...dialogs.values()];
    const dialog = open.find((one) => one === "awaiting_approval") ?? open[0];
    const label: Label =
      uncertain || runs === null
        ? null
        : (dialog ?? (isLimited ? "limited" : stillOther() ? null : runs ? "running" : "idle"));
    if (found.at(-1)?.label !== label) found.push({ at, label });
  };

  const all = [
    ...told
      .filter(({ source }) => isStructured(source))
      .map((one) => ({ at: one.at, told: one as Told | undefined })),
    ...acts.map((at) => ({ at, told: undefined as Told | undefined })),
  ].toSorted((a, b) => a.at - b.at);
  for (const { at, told: one } of all) {
    if (isLimited && limitUntil !== null && limitUntil <= at) {
      isLimited = false;
      uncertain = true;
      say(limitUntil);
    }
    if (one === undefined) {
      uncertain = true;
      say(at);
      continue;
    }
    const { claim, source } = one;
    if (claim.kind === "dialog_closed" && claim.how === ourAnswer) {
      dialogs.delete(claim.ref ?? "");
      continue;
    }
    // a second channel may tell of a turn when the first has already told its end
    const isRepeated =
      claim.kind === "prompt_taken" && turn?.text === claim.text && !turn.sources.has(source);
    if (isRepeated) {
      turn?.sources.add(source);
      continue;
    }
    const decides = /^(prompt_taken|turn_ended|dialog_|tool_|limit_)/.test(claim.kind);
    switch (claim.kind) {
      case "prompt_taken":
        runs = true;
        turn = { text: claim.text, sources: new Set([source]) };
        isLimited = false;
        // what was said of the agent before says nothing of this turn
        level = null;
        break;
      case "turn_ended":
        runs = false;
        dialogs.clear();
        // whoever stops an agent that waits for the end of a limit ends that waiting
        if (claim.outcome === "interrupted") isLimited = false;
        break;
      case "dialog_opened":
        dialogs.set(claim.ref, waitsFor(claim.dialog.kind));
        break;
      case "dialog_closed":
        if (claim.ref === null) dialogs.clear();
        else dialogs.delete(claim.ref);
        break;
      case "tool_finished":
        dialogs.delete(claim.callId);
        break;
      case "limit_hit":
        isLimited = true;
        limitUntil = claim.resetsAt;
        break;
      case "busy":
      case "idle":
        level = claim.kind;
        break;
      case "limit_lifted":
        isLimited = false;
        break;
      default:
    }
    if (decides) uncertain = false;
    say(at);
  }
  if (isLimited && limitUntil !== null) {
    uncertain = true;
    say(limitUntil);
  }
  return found;
}
