import type { Told, TrialAgent } from "../agent.ts";
import { failed, unseen, type Seen } from "../seen.ts";

/** That the agent showed that it took a prompt. */
export async function accepted(agent: TrialAgent, told: Told): Promise<Seen> {
  const delivery = await agent.delivery(told.deliveryId);
  if (!delivery) return unseen("there is no record of it");
  const took =
    delivery.accepted_at !== null && delivery.submitted_at !== null
      ? Date.parse(delivery.accepted_at) - Date.parse(delivery.submitted_at)
      : null;
  if (delivery.state !== "accepted") {
    const why = delivery.because ?? "nothing shows that it was taken";
    return failed(`it is ${delivery.state}: ${why}`);
  }
  const status = delivery.acceptance === "none" ? "not_offered" : "ok";
  return {
    status,
    source: delivery.accepted_by,
    event: "delivery_accepted",
    // what happened first may be told last; what is only concluded has no moment
    ms: took === null || status !== "ok" ? null : Math.max(0, took),
    evidence:
      status === "ok"
        ? `shown by ${delivery.accepted_by ?? "nobody"}, ${delivery.enters} Enter`
        : "no channel of it proves that; its emptied input line is all there is",
  };
}
