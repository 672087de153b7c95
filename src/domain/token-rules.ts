import type { Draft } from "./draft.ts";
import type { Claim } from "./observation.ts";
import type { Source } from "./source.ts";
import { withoutTokens } from "./tokens.ts";
import { turnOf } from "./turn-rules.ts";
import type { Turn } from "./turn.ts";

/**
 * Keeps what the agent's turn has spent so far. An agent may take several prompts into one turn of
 * its own: what the earlier ones had spent by then is counted with them.
 */
export function countTokens(
  draft: Draft,
  source: Source,
  { tokens, agentTurn = null }: Extract<Claim, { kind: "usage" }>,
): void {
  const turn = turnOf(draft, source, agentTurn);
  if (!turn || isOfAnother(turn, agentTurn)) return;
  const before = draft.turns.filter(
    (one) => one.id !== turn.id && one.agentTurn !== null && one.agentTurn === turn.agentTurn,
  );
  const counted = before.reduce(
    (left, one) => (one.tokens ? withoutTokens(left, one.tokens) : left),
    tokens,
  );
  draft.setTurn(turn.id, { tokens: counted });
}

/** Nobody knows the turn that was named: what stands at another one stays as it is. */
function isOfAnother(turn: Turn, agentTurn: string | null): boolean {
  return (
    agentTurn !== null &&
    turn.agentTurn !== null &&
    turn.agentTurn !== agentTurn &&
    turn.tokens !== null
  );
}
