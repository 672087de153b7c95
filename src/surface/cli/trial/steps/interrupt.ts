import { AgentpoolError } from "../../../../domain/errors.ts";
import type { EventJson } from "../../../../operations/projection.ts";
import { pause } from "../../../../platform/clock.ts";
import { failed, seen, unseen, wordsOf } from "../seen.ts";
import type { Step } from "./step.ts";

/** So long is an agent at work before it is interrupted, so that there is something to interrupt. */
const workMs = 1_000;

/** That a turn can be stopped, and the session lives on. */
export const interrupt: Step = async ({ ctx }, agent, told) => {
  const began = await agent.event(
    (one): one is Extract<EventJson, { type: "turn_started" }> =>
      one.type === "turn_started" && one.turn_id === told.turnId,
    ctx.patience.acceptMs,
  );
  if (!began) return failed("the turn did not begin");
  await pause(workMs, { keepAlive: true, signal: ctx.signal });
  const pressedAt = Date.now();
  try {
    await agent.ask("session.interrupt");
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code !== "nothing_to_interrupt") throw thrown;
    return unseen("the turn was over before it could be interrupted");
  }
  const next = await agent.next(told, "nothing");
  if (next.how !== "ended") return failed(wordsOf(next));
  if (next.event.type !== "turn_interrupted") return unseen(wordsOf(next));
  return {
    ...seen(next.event.source, next.event),
    ms: Date.parse(next.event.at) - pressedAt,
    evidence: "the turn is told to be interrupted, and the session lives",
  };
};
