import { isDelivered, type Delivery } from "../../domain/delivery.ts";
import { maxEnters } from "../../domain/delivery-rules.ts";
import { pause } from "../../platform/clock.ts";
import type { Look } from "../sources/screen.ts";
import { clearComposer } from "./clear-composer.ts";
import { enter, secondEnterAfterMs } from "./enter.ts";
import type { Lane } from "./lane.ts";
import { shownOf } from "./shown-text.ts";

/** Without acceptance after this time a submitted text is called unconfirmed. */
const confirmWithinMs = 10_000;
/** How long after a text left the composer the agent may still tell that it took it. */
const tellsWithinMs = 2_000;
const askEveryMs = 100;

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
  if (await takenBack(lane, fresh)) return;
  await lane.move(fresh, "unconfirmed", "the agent has not shown that it took the text");
  lane.again();
}

/**
 * A text that no Enter submitted would stand there as nobody's draft and hold up all that come after
 * it. It is taken out again, unless a person has typed there since. The agent has read each Enter before
 * the keys that empty its input, so that it would have begun by then, or tells of it in a moment.
 */
async function takenBack(lane: Lane, delivery: Delivery): Promise<boolean> {
  const { live, parts, screen } = lane;
  const look = await screen.look();
  if (!look || delivery.enters < maxEnters || !(await standsWhole(lane, delivery, look))) {
    return false;
  }
  if ((look.screen.lastPersonInputAt ?? 0) > (delivery.submittedAt ?? 0)) return false;
  if (!(await clearComposer(live, parts, { screen, look }))) return false;
  const until = parts.now() + tellsWithinMs;
  while (lane.fresh(delivery)?.state === "submitted" && parts.now() < until) {
    await pause(askEveryMs, { keepAlive: true });
  }
  await lane.drain();
  const fresh = lane.fresh(delivery);
  if (fresh?.state === "submitted") {
    const because = "the agent left it in its input after Enter, twice; it was taken out again";
    await lane.refuse(fresh, because);
  }
  lane.again();
  return true;
}

async function standsWhole({ outbox }: Lane, delivery: Delivery, look: Look): Promise<boolean> {
  const { reading, screen } = look;
  if (!reading?.composer || reading.dialog || delivery.promptId !== null) return false;
  const text = (await outbox.read(delivery.id)) ?? "";
  return shownOf(reading.composer, text, screen.cols) === "whole";
}

/** True when the screen decided what becomes of it: nothing is left to wait for. */
async function confirmOnScreen(lane: Lane, delivery: Delivery): Promise<boolean> {
  const look = await lane.screen.look();
  const fresh = lane.fresh(delivery);
  if (!fresh || isDelivered(fresh) || fresh.state === "queued_by_agent") return true;
  const inComposer = look !== undefined && (await standsWhole(lane, fresh, look));
  if (inComposer && fresh.enters < maxEnters) {
    await enter(lane, fresh, look.reading);
    return true;
  }
  if (fresh.acceptance === "none" && look?.reading?.composer?.draft === "" && !inComposer) {
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
