import { isDelivered, type Delivery } from "../../domain/delivery.ts";
import { maxEnters } from "../../domain/delivery-rules.ts";
import { enter, secondEnterAfterMs } from "./enter.ts";
import type { Lane } from "./lane.ts";
import { shownOf } from "./shown-text.ts";

/** Without acceptance after this time a submitted text is called unconfirmed. */
const confirmWithinMs = 10_000;

/**
 * The last stage: `submitted` to `accepted` by what the agent shows, which is heard elsewhere. Here a
 * second Enter where the first one was lost, or the end of patience.
 */
export async function confirm(lane: Lane, delivery: Delivery): Promise<void> {
  if (delivery.state === "queued_by_agent" || delivery.via === "launch") return;
  const { parts } = lane;
  const since = parts.now() - (delivery.submittedAt ?? parts.now());
  if (delivery.state === "submitted" && since < secondEnterAfterMs) {
    return lane.later(secondEnterAfterMs - since);
  }
  if (delivery.via === "pane" && (await confirmOnScreen(lane, delivery))) return;
  const fresh = lane.fresh(delivery);
  if (fresh?.state !== "submitted") return;
  if (since < confirmWithinMs) {
    return lane.later(Math.min(secondEnterAfterMs, confirmWithinMs - since));
  }
  await lane.move(fresh, "unconfirmed", "the agent has not shown that it took the text");
  lane.again();
}

/** True when the screen decided what becomes of it: nothing is left to wait for. */
async function confirmOnScreen(lane: Lane, delivery: Delivery): Promise<boolean> {
  const look = await lane.screen.look();
  const fresh = lane.fresh(delivery);
  if (!fresh || isDelivered(fresh) || fresh.state === "queued_by_agent") return true;
  const composer = look?.reading?.composer;
  const text = (await lane.outbox.read(delivery.id)) ?? "";
  const inComposer =
    composer !== undefined &&
    composer !== null &&
    look?.reading?.dialog === null &&
    shownOf(composer, text, look.screen.cols) === "whole";
  if (inComposer && fresh.enters < maxEnters && fresh.promptId === null) {
    await enter(lane, fresh, look?.reading);
    return true;
  }
  if (fresh.acceptance === "none" && composer && !inComposer && composer.draft === "") {
    await acceptUnproven(lane, fresh);
    return true;
  }
  return false;
}

/** Where the agent proves nothing, an emptied composer is all there is; it says so. */
async function acceptUnproven({ live, again }: Lane, delivery: Delivery): Promise<void> {
  await live.observe([
    {
      source: "screen",
      // what it did since is already known
      ...(delivery.submittedAt === null ? {} : { at: delivery.submittedAt }),
      claim: {
        kind: "prompt_taken",
        text: live.view.turns.find((turn) => turn.id === delivery.turnId)?.prompt ?? "",
        agentTurn: null,
      },
    },
  ]);
  again();
}
