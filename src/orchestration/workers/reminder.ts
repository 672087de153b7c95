import { nothing, type Decision } from "../../domain/decision.ts";
import { sessionHolder } from "../../domain/hold.ts";
import type { ScaledWorker } from "../../domain/scaling-rules.ts";
import type { Session } from "../../domain/session.ts";
import { claimantOf, seatKey, type Seat, type WorkerGroup } from "../../domain/worker-group.ts";
import { dismissSeat, tellSeat } from "../../domain/worker-group-rules.ts";
import type { SessionParts } from "../../session/parts.ts";
import { leftToOthers } from "../claims/left-to-others.ts";
import type { Ongoing } from "../ongoing.ts";
import type { GroupView } from "./scaling.ts";
import type { Seats } from "./seats.ts";
import type { WorkerGroups } from "./worker-groups.ts";

export interface ReminderParts extends Pick<SessionParts, "store" | "now"> {
  readonly seats: Seats;
  /** By the key of a seat. */
  readonly ongoing: Ongoing;
  readonly change: WorkerGroups["change"];
}

/**
 * Tells a worker that stopped beside work to go on: that it is told stands in the store before it is,
 * with the number of the last event, so that a crash in between tells it once and what it did
 * afterwards can be asked for. One that was told and took nothing is let go.
 */
export class Reminder {
  readonly #parts: ReminderParts;

  constructor(parts: ReminderParts) {
    this.#parts = parts;
  }

  /**
   * Whoever ended its turn beside work is told so, as many as the work is worth; whoever was told,
   * and took nothing of what was there all the time, is of no use. Whoever gave back all there is for
   * it is left alone. Returns until when, epoch ms.
   * @param taking those of its workers that do not drain
   */
  async remindIdle(
    group: WorkerGroup,
    taking: readonly ScaledWorker[],
    { sessions, claimable, now }: GroupView,
  ): Promise<readonly number[]> {
    const coming = taking.filter(({ state }) => state === "starting").length;
    const idle = taking.filter(({ state }) => state === "idle");
    const wanted = Math.ceil(claimable / group.rules.tasksPerWorker) - coming;
    const moments: number[] = [];
    let told = 0;
    for (const { id } of idle) {
      if (told >= wanted) break;
      const seat = group.seats.find(({ n }) => String(n) === id);
      const session = seat && sessions.get(seat.n);
      if (!seat || !session || seat.draining || seat.ending) continue;
      const holder = sessionHolder(session.id);
      const { tasks } = this.#parts.store;
      const left = await leftToOthers(tasks, claimantOf(group), { holder, now });
      if (left) {
        moments.push(left.until);
        continue;
      }
      told += 1;
      const key = seatKey(group.id, seat.n);
      this.#parts.ongoing.actIfFree(key, now, () => this.#remind(group, seat, session));
    }
    return moments;
  }

  async #remind({ id }: WorkerGroup, seat: Seat, session: Session): Promise<void> {
    const { store, now } = this.#parts;
    const { n, told } = seat;
    const change = (rule: (fresh: WorkerGroup, own: Seat) => Decision): Promise<WorkerGroup> =>
      this.#parts.change(id, (fresh) => {
        const own = fresh.seats.find((one) => one.n === n);
        const isStill = fresh.state === "active" && own && !own.draining && own.told === told;
        return isStill ? rule(fresh, own) : nothing;
      });
    let group = await store.workerGroups.get(id);
    if (!group) return;
    if (told === null || (await this.#parts.seats.wasTold(group, seat))) {
      if (told !== null && (await this.#ignored(group, session, told))) {
        const because = "it was told that there are tasks, and took none";
        await change((fresh, own) => dismissSeat(fresh, own, { because, now: now() }));
        return;
      }
      const last = await store.events.last();
      group = await change((fresh, own) => tellSeat(fresh, own, { told: last, now: now() }));
    }
    const own = group.seats.find((one) => one.n === n);
    if (own && own.told !== null && !own.draining)
      await this.#parts.seats.tell(group, own, session);
  }

  /** It took nothing since, although a task was there before its last turn began. */
  async #ignored(group: WorkerGroup, session: Session, told: number): Promise<boolean> {
    const { store, now } = this.#parts;
    if (await this.#parts.seats.tookTask(session, told)) return false;
    const [turn] = (await store.turns.ofSession(session.id, 1)).slice(-1);
    const holder = sessionHolder(session.id);
    const next = await store.tasks.next({ ...claimantOf(group), holder }, now());
    const task = next === undefined ? undefined : await store.tasks.get(next);
    if (!task || !turn) return false;
    const left = task.pastClaim?.holder === holder ? task.pastClaim.leftUntil : undefined;
    const thereSince = Math.max(task.updatedAt, task.notBefore ?? 0, left ?? 0);
    return thereSince < (turn.startedAt ?? turn.createdAt);
  }
}
