import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EventJson } from "../../../../operations/projection.ts";
import type { Next } from "../agent.ts";
import { approvedFile, isOrdinary } from "../instructions.ts";
import { failed, quoted, seen, unseen, wordsOf, type Seen } from "../seen.ts";
import type { Stage, Step } from "./step.ts";

/** So many approvals one prompt may lead to. */
const maxApprovals = 6;

/** That it asks for permission, and acts once it has it. */
export const approval: Step = async (stage, agent, told) => {
  const { ctx, plan } = stage;
  const first = await agent.next(told, "approval");
  if (first.how !== "asks") {
    await stage.leave(agent, first);
    return unasked(first, "the turn ended without asking for approval");
  }
  let next: Next = first;
  for (let n = 0; next.how === "asks" && n < maxApprovals; n++) {
    await agent.ask("session.approve", { prompt_id: next.event.prompt_id });
    next = await agent.next(told, "approval");
  }
  await stage.leave(agent, next);
  if (next.how !== "ended") return failed(`approved, and then: ${wordsOf(next)}`);
  const isChecked = isOrdinary(plan.instructions, "approval");
  if (isChecked && !existsSync(join(ctx.repository, approvedFile))) {
    return failed("it was approved, and the command did not run");
  }
  const ran = isChecked ? "; the command ran" : "";
  return answered(stage, first.event, `${quoted(first.event.text)}${ran}`);
};

/** That it asks a question, and goes on with the answer. */
export const question: Step = async (stage, agent, told) => {
  const next = await agent.next(told, "question");
  if (next.how !== "asks") {
    await stage.leave(agent, next);
    return unasked(next, "the turn ended without a question");
  }
  const chosen = await agent.answerFirst(next.event.prompt_id);
  const after = await agent.next(told, "nothing");
  await stage.leave(agent, after);
  if (after.how !== "ended") return failed(`answered, and then: ${wordsOf(after)}`);
  return answered(stage, next.event, `${quoted(next.event.text)}: "${chosen}"`);
};

function unasked(next: Next, why: string): Seen {
  const isOver = next.how === "ended" && next.event.type === "turn_completed";
  return isOver ? unseen(why) : failed(wordsOf(next));
}

/** A dialog that was seen and answered; `ms` is from the one to the other. */
function answered(
  { ctx }: Stage,
  opened: Extract<EventJson, { type: "prompt_opened" }>,
  what: string,
): Seen {
  const given = ctx.witness.events.find(
    (one) => one.type === "prompt_answered" && one.prompt_id === opened.prompt_id,
  );
  if (given?.type !== "prompt_answered") return failed(`${what}; the answer is not confirmed`);
  return {
    ...seen(opened.source, given),
    ms: Date.parse(given.at) - Date.parse(opened.at),
    evidence: `${what}, answered through ${given.via}`,
  };
}
