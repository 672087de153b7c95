import type { DeliveryJson } from "../../../../operations/projection.ts";
import { failed, seen, wordsOf } from "../seen.ts";
import type { Step } from "./step.ts";

interface Shown {
  readonly session: { readonly agent_session_id: string | null };
}

/** That the conversation of a session that is over goes on; the prompt comes with the request. */
export const resume: Step = async (_stage, agent, _told, text) => {
  const before = await agent.ask<Shown>("session.show");
  const resumedAt = Date.now();
  agent.forgetPast();
  const { delivery } = await agent.ask<{ readonly delivery: DeliveryJson | null }>(
    "session.resume",
    { prompt: text },
  );
  if (!delivery) return failed("it was resumed, and the prompt is not on its way");
  const told = { deliveryId: delivery.id, turnId: delivery.turn_id ?? "" };
  const next = await agent.next(told, "nothing");
  const after = await agent.ask<Shown>("session.show");
  await agent.ask("session.terminate");
  if (next.how !== "ended" || next.event.type !== "turn_completed") return failed(wordsOf(next));
  const id = after.session.agent_session_id;
  if (id !== before.session.agent_session_id) return failed("it began another conversation");
  return {
    ...seen(next.event.source, next.event),
    ms: Date.parse(next.event.at) - resumedAt,
    evidence: `a further turn in the same conversation ${id ?? ""}`.trim(),
  };
};
