import { nothing, type Decision } from "../../domain/decision.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import { claimantOf, seatKey, type Seat, type WorkerGroup } from "../../domain/worker-group.ts";
import * as rules from "../../domain/worker-group-rules.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Ongoing } from "../ongoing.ts";
import type { GroupHolds } from "./group-holds.ts";
import type { Seats } from "./seats.ts";
import type { View, WorkerGroups } from "./worker-groups.ts";

export interface SeatAccountingParts extends Pick<SessionParts, "store" | "log" | "now"> {
  readonly seats: Seats;
  readonly holds: GroupHolds;
  /** By the key of a seat. */
  readonly ongoing: Ongoing;
  readonly change: WorkerGroups["change"];
}

/**
 * Brings seats and sessions into line: writes down at each seat what has become of its session, and
 * starts or ends the session where the seat says so.
 */
export class SeatAccounting {
  readonly #parts: SeatAccountingParts;

  constructor(parts: SeatAccountingParts) {
    this.#parts = parts;
  }

  /** @returns the group afterwards, with the sessions of its seats that are not over, by number of the seat */
  async settle(
    given: WorkerGroup,
    view: View,
  ): Promise<{ readonly group: WorkerGroup; readonly sessions: ReadonlyMap<number, Session> }> {
    const { seats } = this.#parts;
    const sessions = new Map<number, Session>();
    for (const seat of given.seats) {
      const session = await seats.sessionOf(given, seat);
      if (session) sessions.set(seat.n, session);
    }
    let group = given;
    for (const seat of given.seats) {
      const session = sessions.get(seat.n);
      group = session
        ? await this.#settleSession(group, seat, { session, view })
        : await this.#settleEmpty(group, seat, view);
      if (session && isEndState(session.state)) sessions.delete(seat.n);
    }
    return { group, sessions };
  }

  /** A seat whose session is not there: it is started, or is not wanted any more. */
  async #settleEmpty(group: WorkerGroup, seat: Seat, { now }: View): Promise<WorkerGroup> {
    const { ongoing } = this.#parts;
    const key = seatKey(group.id, seat.n);
    if (ongoing.has(key)) return group;
    if (group.state === "active" && !seat.draining && !seat.ending) {
      ongoing.actIfFree(key, now, () => this.#start(group.id, seat));
      return group;
    }
    return this.#change(group, seat, (fresh) =>
      rules.leaveSeat(fresh, seat, { failedBecause: null, now }),
    );
  }

  async #settleSession(
    given: WorkerGroup,
    seat: Seat,
    { session, view: { now, busy } }: { readonly session: Session; readonly view: View },
  ): Promise<WorkerGroup> {
    const { ongoing, seats } = this.#parts;
    const { n } = seat;
    let group = given;
    if (seat.sessionId === null) {
      const update = { sessionId: session.id };
      group = await this.#change(group, seat, (fresh) => rules.updateSeat(fresh, n, update, now));
    }
    const isOver = isEndState(session.state);
    const isQuiet = isOver || session.state === "idle";
    const isProven =
      seat.proven || busy.has(session.id) || (isQuiet && (await seats.tookTask(session, 0)));
    if (isProven && !seat.proven) {
      group = await this.#change(group, seat, (fresh) => rules.proveSeat(fresh, n, now));
    }
    if (isOver) {
      const failedBecause = isProven ? null : await this.#whyFailed(group, seat, session, now);
      return this.#change(group, seat, (fresh) =>
        rules.leaveSeat(fresh, seat, { failedBecause, now }),
      );
    }
    if (group.state === "stopping" || seat.ending) {
      const last = group;
      ongoing.actIfFree(seatKey(group.id, n), now, () => this.#end(last, seat, session));
    }
    return group;
  }

  /** Changes a group while it has the seat. */
  #change(
    { id }: WorkerGroup,
    { n }: Seat,
    rule: (fresh: WorkerGroup) => Decision,
  ): Promise<WorkerGroup> {
    return this.#parts.change(id, (fresh) =>
      fresh.seats.some((one) => one.n === n) ? rule(fresh) : nothing,
    );
  }

  /** Null when nothing is wrong with a worker that is over and never took a task. */
  async #whyFailed(
    group: WorkerGroup,
    seat: Seat,
    { state, stateBecause, turnCount }: Session,
    now: number,
  ): Promise<string | null> {
    if (state === "cancelled" || seat.draining || seat.ending) return null;
    const { tasks } = this.#parts.store;
    const isIdleEnd = state === "completed" && turnCount > 0;
    if (isIdleEnd && (await tasks.countFor(claimantOf(group), now)) === 0) return null;
    return `it ended ${state} before it took a task: ${stateBecause}`;
  }

  async #start(id: string, seat: Seat): Promise<void> {
    const { store, seats, holds, now, log, change } = this.#parts;
    const group = await store.workerGroups.get(id);
    if (!group) return;
    const started = await seats.start(group, seat);
    if (started.kind === "begun") return;
    const isFailed = started.kind === "final" || started.kind === "retry";
    const failedBecause = isFailed ? started.because : null;
    if (isFailed) log("info", "a worker was not started", { workers: id, because: failedBecause });
    await change(id, (fresh) => rules.leaveSeat(fresh, seat, { failedBecause, now: now() }));
    if (started.kind === "no_environment") await holds.missEnvironment(group, now());
    else if (started.kind === "wait") {
      const { untilMs: until, on, because } = started;
      await holds.put(id, { until, on, because }, now());
    }
  }

  async #end(group: WorkerGroup, seat: Seat, session: Session): Promise<void> {
    const { seats, log, ongoing } = this.#parts;
    if (await seats.end(group, session)) return;
    log("warn", "the end of a worker is not proven", { session: session.id });
    ongoing.tryAgain(seatKey(group.id, seat.n));
  }
}
