import type { Delivery } from "../../domain/delivery.ts";
import type { ScreenReading } from "../../domain/observation.ts";
import { fingerprintOf, type Prompt } from "../../domain/prompt.ts";
import { redactDialog } from "../redact-claim.ts";
import type { Look } from "../sources/screen.ts";
import type { Lane } from "./lane.ts";

/** A person who typed this recently is not interrupted. */
const personQuietMs = 3_000;

export const draftOfSomebody = "a draft of somebody stands in the composer";

/** Why nothing may be typed on this screen, null when it may. */
export function obstacle(lane: Lane, look: Look | undefined, delivery: Delivery): string | null {
  if (!look) return "the pane is gone";
  if (look.screen.inMode) return "a person reads back in the pane (copy mode)";
  const typedAt = look.screen.lastPersonInputAt;
  if (typedAt !== null && lane.parts.now() - typedAt < personQuietMs) {
    return "a person is typing in the pane";
  }
  if (!look.reading) return "a viewer covers the agent's screen";
  if (delivery.promptId !== null) {
    return isOwnQuestion(lane, delivery, look.reading) ? null : "the question is not on screen yet";
  }
  if (look.reading.dialog) return "the agent shows a dialog";
  if (!look.reading.composer) return "the composer is not on screen";
  if (look.reading.composer.draft !== "" || look.reading.composer.pastePlaceholder) {
    return draftOfSomebody;
  }
  return null;
}

/** Whether the dialog on screen is the question that this text answers. */
export function isOwnQuestion(lane: Lane, delivery: Delivery, reading: ScreenReading): boolean {
  const question = questionOf(lane, delivery);
  if (!question || !reading.dialog) return false;
  return (
    question.screenFingerprint === fingerprintOf(redactDialog(reading.dialog, lane.live.secrets))
  );
}

/** The question that a text answers. */
export function questionOf({ live }: Lane, { promptId }: Delivery): Prompt | undefined {
  return live.view.prompts.find(({ id }) => id === promptId);
}
