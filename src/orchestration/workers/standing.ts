import { claimantOf, parseSeatKey } from "../../domain/worker-group.ts";
import type { Store } from "../../store/store.ts";
import { onItsOwn, type Standing } from "../claims/standing.ts";

/**
 * How a session stands as somebody's worker: it takes what its group is for, and nothing once it
 * drains. The guard makes that exact: a claim and a drain at once have an order, and the claim that
 * comes second is not given.
 */
export async function standingOf(
  { workerGroups, sessions }: Pick<Store, "workerGroups" | "sessions">,
  sessionId: string,
): Promise<Standing> {
  const open = await workerGroups.open();
  if (open.length === 0) return onItsOwn;
  const session = await sessions.get(sessionId);
  const key = parseSeatKey(session?.idempotencyKey ?? null);
  const group = open.find(({ id }) => id === key?.groupId);
  if (!group || !key) return onItsOwn;
  const seat = group.seats.find(({ n }) => n === key.n);
  return {
    refusal: !seat || seat.draining ? "It is a worker that is to be given nothing more." : null,
    claimant: claimantOf(group),
    guards: [{ noun: "workers", id: group.id, expect: { drains: group.drains } }],
  };
}
