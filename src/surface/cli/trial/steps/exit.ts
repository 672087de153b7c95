import type { TrialAgent } from "../agent.ts";
import { failed, isType, seen, type Seen } from "../seen.ts";
import type { Stage } from "./step.ts";

/** That it leaves by its own keys, in the time its definition gives it. */
export async function exit({ ctx, plan }: Stage, agent: TrialAgent): Promise<Seen> {
  const { keys, gapMs, withinMs } = plan.definition.exit;
  const pressed = keys.flat().join(" ");
  const askedAt = Date.now();
  const { exit_code: code } = await agent.ask<{ readonly exit_code: number | null }>(
    "session.terminate",
    { ask: true },
  );
  const exited = await agent.event(isType("session_exited"), ctx.patience.acceptMs);
  const ms = exited ? Date.parse(exited.at) - askedAt : null;
  const how = `exit code ${code ?? `unknown, signal ${exited?.signal ?? "unknown"}`}`;
  if (ms !== null && ms < (keys.length - 1) * gapMs + withinMs) {
    return { ...seen("process", exited), ms, evidence: `left by ${pressed}, ${how}` };
  }
  return { ...failed(`did not leave by ${pressed}; ended by a signal, ${how}`), ms };
}
