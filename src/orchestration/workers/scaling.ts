import { isNothing } from "../../domain/decision.ts";
import {
  scale,
  scalingDueAt,
  type ScaledWorker,
  type ScalingFacts,
} from "../../domain/scaling-rules.ts";
import type { Session } from "../../domain/session.ts";
import { seatKey, standingOf, type HoldUp, type WorkerGroup } from "../../domain/worker-group.ts";
import { applyScaling } from "../../domain/worker-group-rules.ts";
import type { SessionParts } from "../../session/parts.ts";
import type { Ongoing } from "../ongoing.ts";
import type { GroupHolds } from "./group-holds.ts";
import { roomFor, type GroupRoomParts } from "./group-room.ts";
import type { Reminder } from "./reminder.ts";
import type { Seats } from "./seats.ts";
import type { View } from "./worker-groups.ts";

export interface ScalingParts extends GroupRoomParts, Pick<SessionParts, "store"> {
  readonly seats: Seats;
  readonly holds: GroupHolds;
  readonly reminder: Reminder;
  /** By the key of a seat. */
  readonly ongoing: Ongoing;
  readonly wake: () => void;
}

/** What a group is scaled by: its live workers and the work there is for them. */
export interface GroupView extends View {
  /** By the number of their seat. */
  readonly sessions: ReadonlyMap<number, Session>;
  /** Tasks that one of its workers could claim now. */
  readonly claimable: number;
}

/**
 * Decides by the rule how many workers a group has. The decision is a commit, seats to be filled and
 * seats to be emptied: what it means for sessions follows from those at the next look, so that a
 * supervisor that comes later finishes it.
 */
export class Scaling {
  readonly #parts: ScalingParts;

  constructor(parts: ScalingParts) {
    this.#parts = parts;
  }

  /** Also tells those that sit idle beside work. Returns when time alone will change something, epoch ms. */
  async decide(given: WorkerGroup, view: GroupView): Promise<number | null> {
    const { store, holds, reminder, ongoing, wake } = this.#parts;
    const { now, claimable } = view;
    let group = given;
    const isActive = group.state === "active";
    const bounds = isActive ? group.rules : { ...group.rules, min: 0 };
    const workers = await this.#workers(group, view);
    const taking = workers.filter(({ draining }) => !draining);
    const hold = holds.of(group, now);
    const isEnough = taking.length >= bounds.max;
    const room = isActive && !isEnough ? await this.#room(group, hold, view) : null;
    const facts: ScalingFacts = {
      claimable,
      workers,
      room: tightest([room, ...boundsOfSteps(group, workers, view)]),
      lastStartAt: group.lastStartAt,
      failedStarts: group.failedStarts,
    };
    const wanted = scale(facts, bounds, now);
    const scaled = applyScaling(group, wanted, { claimable, now });
    if (!isNothing(scaled)) {
      const committed = await store.commit(scaled);
      // somebody came between: the next look tells
      wake();
      if (!committed.ok) return now;
      holds.tried(group.id);
      group = (await store.workerGroups.get(group.id)) ?? group;
    } else if (isActive && !hold && wanted.desired > taking.length) {
      group = await holds.tell(group, room, now);
    }
    const left = isActive ? await reminder.remindIdle(group, taking, view) : [];
    const moments = [
      ...left,
      scalingDueAt(facts, bounds, now),
      holds.of(group, now)?.until ?? null,
      ...group.seats.map(({ n }) => ongoing.heldUntil(seatKey(group.id, n), now)),
    ].filter((moment) => moment !== null);
    return moments.length === 0 ? null : Math.min(...moments);
  }

  /** How those stand about whom something is still to be decided. */
  async #workers(group: WorkerGroup, { sessions, busy }: GroupView): Promise<ScaledWorker[]> {
    const { ongoing, seats } = this.#parts;
    const workers: ScaledWorker[] = [];
    for (const seat of group.seats) {
      if (seat.ending || group.state === "stopping") continue;
      const session = sessions.get(seat.n);
      const isToldNow =
        session?.state === "idle" &&
        (ongoing.has(seatKey(group.id, seat.n)) || !(await seats.isSettled(session)));
      const holdsClaim = session !== undefined && busy.has(session.id);
      workers.push(standingOf(seat, session, { holdsClaim, isToldNow }));
    }
    return workers;
  }

  async #room(
    group: WorkerGroup,
    hold: HoldUp | null,
    { live }: View,
  ): Promise<ScalingFacts["room"]> {
    return hold ? { more: 0, because: hold.because } : roomFor(this.#parts, group, live);
  }
}

/** What was decided before and is not done yet. */
function boundsOfSteps(
  { rules: { step, max }, seats }: WorkerGroup,
  workers: readonly ScaledWorker[],
  { sessions }: GroupView,
): readonly ScalingFacts["room"][] {
  const ending = seats.length - workers.length;
  const coming = seats.filter(({ n }) => isComing(sessions.get(n))).length;
  return [
    // those of one step are up before the next is taken
    coming === 0 ? null : { more: step - coming, because: `${coming} are starting` },
    ending === 0 ? null : { more: max - seats.length, because: `${ending} are being ended` },
  ];
}

/** Whether it is not known yet if anything comes of its start. */
function isComing(session: Session | undefined): boolean {
  return session === undefined || session.state === "starting";
}

function tightest(bounds: readonly ScalingFacts["room"][]): ScalingFacts["room"] {
  const known = bounds.filter((bound) => bound !== null);
  const [first, ...others] = known;
  if (!first) return null;
  const least = others.reduce((a, b) => (b.more < a.more ? b : a), first);
  return { ...least, more: Math.max(0, least.more) };
}
