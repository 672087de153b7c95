import { isSetBack } from "../../domain/time.ts";
import { breakHoldsUntil, type ScalingFacts } from "../../domain/scaling-rules.ts";
import type { HoldUp, WorkerGroup } from "../../domain/worker-group.ts";
import { holdUp } from "../../domain/worker-group-rules.ts";
import { noMemory } from "./group-room.ts";
import type { WorkerGroups } from "./worker-groups.ts";

const memoryAgainMs = 5_000;
const roomAgainMs = 60_000;

/** Why groups start nobody for a while, and what lets them go on before that. */
export class GroupHolds {
  readonly #change: WorkerGroups["change"];
  /** Groups whose hold is over before its time. */
  readonly #released = new Set<string>();

  constructor(change: WorkerGroups["change"]) {
    this.#change = change;
  }

  /** What holds it now; null for nothing. */
  of({ id, hold, updatedAt }: WorkerGroup, now: number): HoldUp | null {
    if (hold === null || hold.until <= now || isSetBack(updatedAt, now)) return null;
    return this.#released.has(id) ? null : hold;
  }

  put(id: string, hold: HoldUp, now: number): Promise<WorkerGroup> {
    this.#released.delete(id);
    return this.#change(id, (fresh) => holdUp(fresh, hold, now));
  }

  /** What these groups may have waited for is there: each tries once more. */
  letGo(on: HoldUp["on"], groups: readonly WorkerGroup[]): void {
    for (const { id, hold } of groups) if (hold?.on === on) this.#released.add(id);
  }

  /** It tried: from now on its hold, if it has one, holds. */
  tried(id: string): void {
    this.#released.delete(id);
  }

  /** More are wanted and none is started, without a hold that tells why: that is told once. */
  async tell(group: WorkerGroup, room: ScalingFacts["room"], now: number): Promise<WorkerGroup> {
    const { failedStarts } = group;
    const until = breakHoldsUntil(failedStarts, group.rules, now);
    if (until !== null) {
      const because = `${failedStarts.inARow} starts failed in a row`;
      return this.put(group.id, { until, on: "time", because }, now);
    }
    if (room?.more !== 0) return group;
    const { because } = room;
    return because === noMemory
      ? this.put(group.id, { until: now + memoryAgainMs, on: "time", because }, now)
      : this.put(group.id, { until: now + roomAgainMs, on: "room", because }, now);
  }

  /** Nobody can be started without the values of its environment. */
  missEnvironment({ id, name }: WorkerGroup, now: number): Promise<WorkerGroup> {
    const because = `the values of its environment are gone: agentpool workers scale ${name} gives it yours`;
    return this.put(id, { until: now + roomAgainMs, on: "time", because }, now);
  }
}
