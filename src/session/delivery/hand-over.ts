import type { Delivery } from "../../domain/delivery.ts";
import type { Lane } from "./lane.ts";
import { repaste } from "./repaste.ts";

/** Both stages at once, through the agent's own channel; called again until the agent answers. */
export async function handOver(lane: Lane, delivery: Delivery): Promise<void> {
  const text = await lane.outbox.read(delivery.id);
  if (text === undefined || !lane.way) {
    const gone = text === undefined ? "its text" : "the agent's channel for texts";
    return lane.move(delivery, "refused", `${gone} is gone`);
  }
  const given = await lane.way.give(delivery, text).catch((thrown: unknown) => String(thrown));
  const fresh = lane.fresh(delivery);
  if (!fresh) return;
  if (typeof given === "string") {
    return lane.wait(fresh, `the agent's API does not answer: ${given}`);
  }
  if (given.outcome === "late") {
    return repaste(lane, fresh, "the conversation went on before the text was there");
  }
  if (given.outcome === "refused") await lane.refuse(fresh, given.because);
  else await lane.move(fresh, "submitted", null);
  lane.again();
}
