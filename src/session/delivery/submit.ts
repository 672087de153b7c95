import type { Delivery } from "../../domain/delivery.ts";
import { pause } from "../../platform/clock.ts";
import { enter } from "./enter.ts";
import type { Lane } from "./lane.ts";
import { draftOfSomebody } from "./obstacle.ts";
import { clearAndRepaste, repaste } from "./repaste.ts";
import { settle } from "./settle.ts";

/** The second stage: `pasted` to `submitted`, once the composer shows exactly this text. */
export async function submit(lane: Lane, delivery: Delivery): Promise<void> {
  const { live, parts, screen } = lane;
  const text = await lane.outbox.read(delivery.id);
  const pastedAt = delivery.pastedAt ?? parts.now();
  const shown = await settle(lane, delivery, text ?? "", Math.max(pastedAt, lane.pickedUpAt));
  switch (shown) {
    case "dialog":
      return lane.wait(delivery, "a dialog came up after the paste");
    case "unreadable":
      return lane.wait(delivery, "the screen cannot be read");
    case "unseen":
      return lane.refuse(delivery, "the question did not show the text; Enter was not pressed");
    case "gone":
      return findOut(lane, delivery);
    case "damaged": {
      const typedAt = (await screen.look())?.screen.lastPersonInputAt ?? 0;
      // what stands there is not ours alone
      if (typedAt > pastedAt) return lane.wait(delivery, draftOfSomebody);
      return clearAndRepaste(lane, delivery);
    }
    default: {
      const { enterGapMs } = live.provider.input;
      const leftMs = pastedAt + enterGapMs - parts.now();
      if (leftMs > 0) await pause(leftMs, { keepAlive: true });
      await enter(lane, delivery, shown.reading);
    }
  }
}

/**
 * The composer is empty, and Enter was not seen to be pressed. A person, or a supervisor whose mark is
 * lost, may have pressed it, and the agent tells of it; a terminal that hung may have done so although
 * it did not say so in time.
 */
async function findOut(lane: Lane, delivery: Delivery): Promise<void> {
  await lane.drain();
  const fresh = lane.fresh(delivery);
  if (fresh?.state !== "pasted") return;
  if (await wasSubmitted(lane, fresh)) {
    await lane.move(fresh, "submitted", null);
    lane.again();
    return;
  }
  await repaste(lane, fresh, "the pasted text vanished before Enter");
}

/** The mark is left in the terminal together with the key. */
async function wasSubmitted({ live, parts }: Lane, { id }: Delivery): Promise<boolean> {
  const place = live.session.terminal;
  const mark = place && (await parts.host.mark(place));
  return mark?.deliveryId === id && mark.stage === "submitted";
}
