import type { Delivery } from "../../domain/delivery.ts";
import { countEnter } from "../../domain/delivery-rules.ts";
import type { ScreenReading } from "../../domain/observation.ts";
import { lookAgainMs, type Lane } from "./lane.ts";
import { questionOf } from "./obstacle.ts";

/** A text that still stands in the composer this long after Enter was not submitted by it. */
export const secondEnterAfterMs = 1_500;

/** Presses the key that submits, only while the line stands there into which the text was typed. */
export async function enter(
  lane: Lane,
  delivery: Delivery,
  reading: ScreenReading | undefined,
): Promise<void> {
  const { live, parts } = lane;
  const place = live.session.terminal;
  if (!place) return;
  const question = questionOf(lane, delivery);
  const composer = reading?.composer;
  const guard = question ? (question.screenLines ?? []).slice(0, 1) : [composer?.line ?? []].flat();
  const result = await parts.host.press(place, [live.provider.input.submitKey], {
    mark: { deliveryId: delivery.id, stage: "submitted" },
    onlyWhileVisible: guard,
  });
  if (!result.ok) return lane.later(lookAgainMs);
  if (delivery.state === "pasted") await lane.move(delivery, "submitted", null);
  else await live.change((draft) => countEnter(draft, delivery.id));
  lane.later(secondEnterAfterMs);
}
