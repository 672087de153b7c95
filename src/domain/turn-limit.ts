import type { Draft } from "./draft.ts";
import { AgentpoolError } from "./errors.ts";

/**
 * Counts a text that begins a further turn, with the decision that queues it, so that two at once
 * are two. @throws turn_limit_reached when the session was sent as many as it was allowed
 */
export function countTurn(draft: Draft): void {
  const { id, maxTurns, turnsSent } = draft.session;
  const sent = turnsSent ?? 0;
  if (maxTurns !== null && sent >= maxTurns) {
    throw new AgentpoolError(
      "turn_limit_reached",
      `Session ${id} was sent all its ${maxTurns} texts`,
      {
        why: "It was started with --max-turns, or policy.max_turns says so; its task was not counted.",
        hint: `agentpool collect ${id}`,
        details: { session_id: id, max_turns: maxTurns, turns_sent: sent },
      },
    );
  }
  draft.setSession({ turnsSent: sent + 1 });
}
