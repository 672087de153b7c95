import type { Delivery } from "../../domain/delivery.ts";
import { maxPastes } from "../../domain/delivery-rules.ts";
import { clearComposer, sweepComposer } from "./clear-composer.ts";
import type { Lane } from "./lane.ts";

/** Back to `queued` from `pasted`: nothing was submitted and nothing of the text is left there. */
export async function repaste(lane: Lane, delivery: Delivery, because: string): Promise<void> {
  const { live, parts, screen } = lane;
  lane.vanished = true;
  if (delivery.pastes >= maxPastes) {
    await lane.refuse(delivery, `${because}, ${delivery.pastes} times`);
    // else it would come to stand there as nobody's draft, and hold up the next text
    const composer = (await screen.look())?.reading?.composer;
    if (composer?.draft === "") await sweepComposer(live, parts, composer.line);
  } else {
    await lane.move(delivery, "queued", because);
  }
  lane.again();
}

/** The composer holds the text damaged: it is emptied first. */
export async function clearAndRepaste(lane: Lane, delivery: Delivery): Promise<void> {
  const { live, parts, screen } = lane;
  const look = await screen.look();
  if (!look || !(await clearComposer(live, parts, { screen, look }))) {
    const because = "the composer shows only a part of the text; nothing was submitted";
    return lane.refuse(delivery, because);
  }
  await repaste(lane, delivery, "the composer showed only a part of the text");
}
