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
  if (last?.state !== "limited") return null;
  // a person ended the session over it, and what was resumed since waits for their word
  const { resumed } = session.evidence;
  if (resumed && !resumed.cutOff && (last.endedAt ?? 0) <= resumed.at) return null;
  return last;
}

/** The one text that goes on with a turn has this key, so that there is never a second. */
export function continuationKey(turn: Turn): string {
  return `continue:${turn.id}`;
}
