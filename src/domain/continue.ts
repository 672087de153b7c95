import type { SessionView } from "./draft.ts";
import type { Turn } from "./turn.ts";

/**
 * The turn that met a limit and that nothing has followed: it goes on once the limit is over.
 * Null as soon as somebody gave the session something else to do.
 */
export function cutOffTurn({ session, turns, deliveries }: SessionView): Turn | null {
  if (session.process.value !== "alive" || session.closing || deliveries.length > 0) return null;
  const last = turns.reduce<Turn | undefined>(
    (newest, turn) => (newest && newest.n > turn.n ? newest : turn),
    undefined,
  );
  return last?.state === "limited" ? last : null;
}

/** The one text that goes on with a turn has this key, so that there is never a second. */
export function continuationKey(turn: Turn): string {
  return `continue:${turn.id}`;
}
