import { nothing, type Decision } from "../../domain/decision.ts";
import type { Session } from "../../domain/session.ts";
import { claimantOf, type Seat, type WorkerGroup } from "../../domain/worker-group.ts";
import { dismissSeat, tellSeat } from "../../domain/worker-group-rules.ts";
import type { SeatParts, Seats } from "./seats.ts";

type Change = (id: string, rule: (group: WorkerGroup) => Decision) => Promise<WorkerGroup>;

/**
 * Tells a worker that stopped beside work to go on: that it is told stands in the store before it is,
 * with the number of the last event, so that a crash in between tells it once and what it did
 * afterwards can be asked for. One that was told and took nothing is let go.
 */
export class Reminder {
  readonly #parts: Pick<SeatParts, "store" | "now">;
  readonly #seats: Seats;
  readonly #change: Change;

  constructor(parts: Pick<SeatParts, "store" | "now">, seats: Seats, change: Change) {
    this.#parts = parts;
    this.#seats = seats;
    this.#change = change;
  }

  async remind({ id }: WorkerGroup, seat: Seat, session: Session): Promise<void> {
    const { store, now } = this.#parts;
    const { n, told } = seat;
    const change = (rule: (fresh: WorkerGroup, own: Seat) => Decision): Promise<WorkerGroup> =>
      this.#change(id, (fresh) => {
        const own = fresh.seats.find((one) => one.n === n);
        const isStill = fresh.state === "active" && own && !own.draining && own.told === told;
        return isStill ? rule(fresh, own) : nothing;
      });
    let group = await store.workerGroups.get(id);
    if (!group) return;
    if (told === null || (await this.#seats.wasTold(group, seat))) {
      if (told !== null && (await this.#ignored(group, session, told))) {
        const because = "it was told that there are tasks, and took none";
        await change((fresh, own) => dismissSeat(fresh, own, { because, now: now() }));
        return;
      }
      const last = await store.events.last();
      group = await change((fresh, own) => tellSeat(fresh, own, { told: last, now: now() }));
    }
    const own = group.seats.find((one) => one.n === n);
    if (own && own.told !== null && !own.draining) await this.#seats.tell(group, own, session);
  }

  /** It took nothing since, although a task was there before its last turn began. */
  async #ignored(group: WorkerGroup, session: Session, told: number): Promise<boolean> {
    const { store, now } = this.#parts;
    if (await this.#seats.tookTask(session, told)) return false;
    const [turn] = (await store.turns.ofSession(session.id, 1)).slice(-1);
    const next = await store.tasks.next(claimantOf(group), now());
    const task = next === undefined ? undefined : await store.tasks.get(next);
    if (!task || !turn) return false;
    const thereSince = Math.max(task.updatedAt, task.notBefore ?? 0);
    return thereSince < (turn.startedAt ?? turn.createdAt);
  }
}
