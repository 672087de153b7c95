import { usedUp } from "../../domain/day-budgets.ts";
import type { ScalingFacts } from "../../domain/scaling-rules.ts";
import type { Session } from "../../domain/session.ts";
import type { WorkerGroup } from "../../domain/worker-group.ts";
import type { DayBudgets } from "../budgets/day-budgets.ts";
import { Room, type RoomParts } from "../scheduler/room.ts";

export interface GroupRoomParts extends RoomParts {
  readonly budgets: DayBudgets;
}

const noRoom = "as many sessions are at work as max_parallel_sessions or max_parallel allow";
export const noMemory = "less memory is free than min_free_memory_mb wants";

/** So many more workers budgets, settings and memory let in, with the reason; null for a whole step. */
export async function roomFor(
  parts: GroupRoomParts,
  { providerId, profile, repoPath, rules: { step }, seats }: WorkerGroup,
  live: readonly Session[],
): Promise<ScalingFacts["room"]> {
  const { budgets } = parts;
  // with settings that cannot be read the start itself is refused
  const standing = await budgets.look().catch(() => undefined);
  const spent = standing && (await budgets.spentFor(standing, { providerId, profile }));
  if (spent) return { more: 0, because: usedUp(spent) };
  const room = new Room(parts, live);
  for (const { sessionId } of seats) if (sessionId === null) await room.expect({ providerId });
  for (let more = 0; more < step; more++) {
    const place = await room.take({ providerId, repoPath });
    if (place === "none") return { more, because: noRoom };
    if (place === "no_memory") return { more, because: noMemory };
  }
  return null;
}
