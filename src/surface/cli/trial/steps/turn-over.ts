import { normalise } from "../../../../domain/delivery.ts";
import type { EventJson } from "../../../../operations/projection.ts";
import type { Next, TrialAgent } from "../agent.ts";
import { failed, seen, unseen, wordsOf, type Seen } from "../seen.ts";
import type { Stage, Step } from "./step.ts";

/** That the turn ended, and that its answer can be read. */
export async function turnOver(
  stage: Stage,
  agent: TrialAgent,
  next: Next,
  text: string,
): Promise<Seen> {
  if (next.how !== "ended") return failed(wordsOf(next));
  const { event } = next;
  if (event.type !== "turn_completed") return failed(wordsOf(next));
  const { worker_output: output } = await agent.ask<{
    readonly worker_output: { readonly from: string | null; readonly text: string | null };
  }>("session.observe", { detail: "full" });
  const isScreen = output.from === "screen";
  const said = isScreen ? withoutEcho(output.text ?? "", text) : (output.text ?? "");
  const shown = isScreen ? "its screen shows" : "its result is";
  if (/pong/i.test(said)) {
    const ms = turnMs(stage, event);
    return { ...seen(event.source, event), ms, evidence: `${shown} "pong"` };
  }
  const words = normalise(said).slice(-60);
  return { ...unseen(`${shown} not "pong" but "${words}"`), source: event.source };
}

/** A prompt told once more, where no other step has had a second turn. */
export const oneMoreTurn: Step = async (stage, agent, told, text) => {
  const next = await agent.next(told, "nothing");
  await stage.leave(agent, next);
  return turnOver(stage, agent, next, text);
};

/** Another prompt of the session that had a turn of its own; undefined when none had. */
export function secondTurn(stage: Stage): Seen | undefined {
  const { events } = stage.ctx.witness;
  const ended = events.find((one) => one.type === "turn_completed" && one.n > 1);
  if (ended?.type !== "turn_completed") return undefined;
  return {
    ...seen(ended.source, ended),
    ms: turnMs(stage, ended),
    evidence: `turn ${ended.n} of the session had a beginning and an end of its own`,
  };
}

function turnMs({ ctx }: Stage, ended: Extract<EventJson, { turn_id: string }>): number | null {
  const began = ctx.witness.events.find(
    (one) => one.type === "turn_started" && one.turn_id === ended.turn_id,
  );
  return began ? Date.parse(ended.at) - Date.parse(began.at) : null;
}

/**
 * What was typed stands on the screen as well, as the end of a line, once for each time. An answer that
 * ends in the same words goes with it: better not seen than taken for one.
 */
function withoutEcho(screen: string, typed: string): string {
  const lines = screen.split("\n");
  return lines.filter((line) => !line.trimEnd().endsWith(typed.trimEnd())).join("\n");
}
