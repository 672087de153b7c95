import type { Delivery } from "../../domain/delivery.ts";
import { pause } from "../../platform/clock.ts";
import type { InputFacts } from "../../provider/definition.ts";
import type { Look } from "../sources/screen.ts";
import { canSweep } from "./clear-composer.ts";
import { lookAgainMs, type Lane } from "./lane.ts";
import { isOwnQuestion } from "./obstacle.ts";
import { shownOf, standsOn } from "./shown-text.ts";

const lookEveryMs = 40;
/** What one piece of a text may take an agent on a busy machine; a tenth of it is usual. */
const pieceMs = 30;
/** How much longer a text is waited for where the keys that clear a composer do harm at an empty one. */
const unsweptMs = 10_000;

/**
 * What became of a paste, besides that the whole text stands there:
 * - `dialog`: something came up that Enter would answer.
 * - `gone`: the composer is empty.
 * - `damaged`: it shows another text, or a part.
 * - `unseen`: the question does not show it.
 * - `unreadable`: nobody can tell.
 */
export type NotSettled = "dialog" | "gone" | "damaged" | "unreadable" | "unseen";

/** Waits until the composer shows the paste, or the provider's patience is over. */
export async function settle(
  lane: Lane,
  delivery: Delivery,
  text: string,
  pastedAt: number,
): Promise<Look | NotSettled> {
  const { parts, screen } = lane;
  const { input } = lane.live.provider;
  const patienceMs = input.settleMs + Math.min(20_000, text.length / 10) + msForPieces(input, text);
  const patientUntil = pastedAt + patienceMs;
  for (;;) {
    const look = await screen.look();
    if (!look) return "unreadable";
    const late = parts.now() > patientUntil;
    const { reading } = look;
    if (reading?.dialog && !isOwnQuestion(lane, delivery, reading)) return "dialog";
    if (delivery.promptId !== null) {
      if (standsOn(look.screen, text)) return look;
      if (late) return "unseen";
    } else if (reading?.composer) {
      const shown = shownOf(reading.composer, text, look.screen.cols);
      if (shown === "whole") return look;
      if (late && shown !== "none") return "damaged";
      if (late && isGone(lane, patientUntil)) return "gone";
    } else if (late) {
      return "unreadable";
    }
    await pause(late ? lookAgainMs : lookEveryMs, { keepAlive: true });
  }
}

/** An agent that is slow to read shows nothing for a while; only a swept composer may be pasted into again. */
function isGone({ live, parts }: Lane, patientUntil: number): boolean {
  return canSweep(live.provider.input) || parts.now() - patientUntil > unsweptMs;
}

/** An agent that is handed a text in pieces works on one after the other before it draws. */
function msForPieces({ pasteLimit }: InputFacts, text: string): number {
  if (!pasteLimit) return 0;
  const lines = text.split("\n").length;
  return pieceMs * (lines / (pasteLimit.lines - 1) + text.length / pasteLimit.characters);
}
