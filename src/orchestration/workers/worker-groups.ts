import { isNothing, nothing, type Decision } from "../../domain/decision.ts";
import type { Event } from "../../domain/event.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { isRunEnd } from "../../domain/run-rules.ts";
import {
  breakHoldsUntil,
  scale,
  scalingDueAt,
  type ScaledWorker,
  type ScalingFacts,
} from "../../domain/scaling-rules.ts";
import { isEndState, type Session } from "../../domain/session.ts";
import { isSetBack } from "../../domain/time.ts";
import type { WorkerGroup, Seat } from "../../domain/worker-group.ts";
import { claimantOf, seatKey, standingOf } from "../../domain/worker-group.ts";
import * as rules from "../../domain/worker-group-rules.ts";
import { Loop } from "../loop.ts";
import { Ongoing } from "../ongoing.ts";
import { usedUp } from "../../domain/day-budgets.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import type { DayBudgets } from "../budgets/day-budgets.ts";
import { Room, type RoomParts } from "../scheduler/room.ts";
import { Reminder } from "./reminder.ts";
import { Seats, type SeatParts } from "./seats.ts";

export interface WorkerGroupParts extends SeatParts, RoomParts {
  readonly budgets: DayBudgets;
}

/** Commits that come together are looked at together. */
const gatherMs = 10;
const memoryAgainMs = 5_000;
const roomAgainMs = 60_000;

/** What a look at a group was made with. */
interface View {
  readonly now: number;
  readonly live: readonly Session[];
  /** Sessions that hold a claim. */
  readonly busy: ReadonlySet<string>;
}

/**
 * Keeps every group of workers at the size its queue wants: starts, tells, drains and ends them.
 * Woken by commits and by moments that are due. All it knows it has from the store: the seats stand
 * there before their sessions, so that whoever comes after a supervisor that was killed starts what
 * is missing and nothing twice.
 */
export class WorkerGroups {
  readonly #parts: WorkerGroupParts;
  readonly #loop: Loop;
  readonly #seats: Seats;
  readonly #reminder: Reminder;
  /** By the key of a seat. */
  readonly #ongoing: Ongoing;
  /** Groups whose lack of room may be over before its time. */
  readonly #released = new Set<string>();
  #open: readonly WorkerGroup[] = [];
  #hasWork = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: WorkerGroupParts) {
    this.#parts = parts;
    const { log, now } = parts;
    this.#loop = new Loop({ log, now, of: "workers", gatherMs, look: () => this.#pass() });
    this.#ongoing = new Ongoing({ log, now, of: "a worker", done: () => this.wake() });
    this.#seats = new Seats(parts);
    this.#reminder = new Reminder(parts, this.#seats, (id, rule) => this.change(id, rule));
  }

  /** Goes on with all groups that are not stopped; sessions and claims have been adopted before. */
  async open(): Promise<void> {
    const { store, environments } = this.#parts;
    this.#unlisten = store.onCommit((events) => this.#heard(events));
    this.#open = await store.workerGroups.open();
    await environments.keepOnly(new Set(this.#open.map(({ id }) => id)));
    this.wake();
  }

  /** Begins nothing more. */
  async close(): Promise<void> {
    this.#unlisten?.();
    this.#ongoing.close();
    await this.#loop.close();
  }

  /** Whether workers are there, or wanted: then the supervisor has something to stay for. */
  get isNeeded(): boolean {
    return this.#hasWork || this.#ongoing.size > 0 || this.#loop.isWoken;
  }

  wake(): void {
    this.#loop.wake();
  }

  /**
   * Changes a group by a rule, on what is read anew until nobody came between.
   * @returns the group afterwards
   */
  async change(id: string, rule: (group: WorkerGroup) => Decision): Promise<WorkerGroup> {
    const { store } = this.#parts;
    const decide = async (): Promise<Ruling<{ group: WorkerGroup; isChanged: boolean }>> => {
      const group = await store.workerGroups.get(id);
      if (!group) throw new Error(`workers ${id} were resolved and are gone`);
      const decision = rule(group);
      return { decision, result: { group, isChanged: !isNothing(decision) } };
    };
    const { group, isChanged } = await commitAfresh(store, decide, { of: `workers ${id}` });
    if (!isChanged) return group;
    this.wake();
    return (await store.workerGroups.get(id)) ?? group;
  }

  #heard(events: readonly Event[]): void {
    const isFirst = events.some(({ body }) => body.type === "workers_started");
    if (this.#open.length === 0 && !isFirst) return;
    let matters = isFirst;
    for (const { body } of events) {
      const { type } = body;
      if (type === "account_lifted") this.#letGo("account");
      if (type === "session_state_changed") this.#letGo("room");
      if (/^(task|workers?|run|session|turn|delivery|account)_/.test(type)) matters = true;
    }
    if (matters) this.wake();
  }

  #letGo(on: "account" | "room"): void {
    for (const { id, hold } of this.#open) if (hold?.on === on) this.#released.add(id);
  }

  /** One look at all groups. Returns when time alone will change something, epoch ms. */
  async #pass(): Promise<number | null> {
    const { store, now } = this.#parts;
    this.#open = await store.workerGroups.open();
    if (this.#open.length === 0) {
      this.#hasWork = false;
      return null;
    }
    const at = now();
    const claims = await store.tasks.claims();
    const view: View = {
      now: at,
      live: await store.sessions.live(),
      busy: new Set(claims.flatMap(({ claim }) => claim.sessionId ?? [])),
    };
    const pauseEnd = await store.tasks.nextPauseEnd(at);
    const due: (number | null)[] = [pauseEnd];
    let hasWork = pauseEnd !== null;
    for (const group of this.#open) {
      const looked = await this.#look(group, view);
      due.push(looked.nextAt);
      if (looked.hasWork) hasWork = true;
    }
    this.#hasWork = hasWork;
    const moments = due.filter((moment) => moment !== null);
    return moments.length === 0 ? null : Math.min(...moments);
  }

  async #look(
    given: WorkerGroup,
    view: View,
  ): Promise<{ readonly nextAt: number | null; readonly hasWork: boolean }> {
    const { store } = this.#parts;
    const { now } = view;
    let group = await this.#withItsRun(given, now);
    const sessions = new Map<number, Session>();
    for (const seat of group.seats) {
      const session = await this.#seats.sessionOf(group, seat);
      if (session) sessions.set(seat.n, session);
    }
    group = await this.#account(group, sessions, view);
    if (group.state !== "active" && group.seats.length === 0) {
      const last = group;
      await this.change(group.id, (fresh) =>
        fresh.seats.length > 0 ? nothing : rules.stopGroup(fresh, authorOf(last), now),
      );
      await this.#parts.environments.forget(group.id);
      return { nextAt: null, hasWork: false };
    }
    const isActive = group.state === "active";
    const claimable = isActive ? await store.tasks.countFor(claimantOf(group), now) : 0;
    const nextAt = await this.#decide(group, { sessions, claimable, view });
    return { nextAt, hasWork: group.seats.length > 0 || claimable > 0 || group.rules.min > 0 };
  }

  /** Workers of a run end with it. */
  async #withItsRun(group: WorkerGroup, now: number): Promise<WorkerGroup> {
    if (group.runId === null || group.state !== "active") return group;
    const run = await this.#parts.store.runs.get(group.runId);
    if (run && !isRunEnd(run.state)) return group;
    const because = `its run is ${run?.state ?? "gone"}`;
    return this.change(group.id, (fresh) =>
      rules.endGroup(fresh, { state: "draining", because, by: authorOf(group), now }),
    );
  }

  /** Writes down what has become of each worker, and begins what was decided of it. */
  async #account(
    given: WorkerGroup,
    sessions: Map<number, Session>,
    view: View,
  ): Promise<WorkerGroup> {
    let group = given;
    const { now, busy } = view;
    for (const seat of given.seats) {
      const { n } = seat;
      const session = sessions.get(n);
      const key = seatKey(group.id, n);
      const change = async (rule: (fresh: WorkerGroup) => Decision): Promise<void> => {
        group = await this.change(group.id, (fresh) =>
          fresh.seats.some((one) => one.n === n) ? rule(fresh) : nothing,
        );
      };
      if (!session) {
        if (this.#ongoing.has(key)) continue;
        const isWanted = group.state === "active" && !seat.draining && !seat.ending;
        if (isWanted) this.#do(key, now, () => this.#start(group, seat));
        else await change((fresh) => rules.leaveSeat(fresh, seat, { failedBecause: null, now }));
        continue;
      }
      if (seat.sessionId === null) {
        await change((fresh) => rules.updateSeat(fresh, n, { sessionId: session.id }, now));
      }
      const isOver = isEndState(session.state);
      const isQuiet = isOver || session.state === "idle";
      const isProven =
        seat.proven ||
        busy.has(session.id) ||
        (isQuiet && (await this.#seats.tookTask(session, 0)));
      if (isProven && !seat.proven) await change((fresh) => rules.proveSeat(fresh, n, now));
      if (isOver) {
        const failedBecause = isProven ? null : await this.#whyFailed(group, seat, session, now);
        await change((fresh) => rules.leaveSeat(fresh, seat, { failedBecause, now }));
        sessions.delete(n);
        continue;
      }
      if (group.state === "stopping" || seat.ending) {
        this.#do(key, now, () => this.#end(group, seat, session));
      }
    }
    return group;
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

  /** Decides by the rule, and tells those that sit idle beside work. */
  async #decide(
    given: WorkerGroup,
    {
      sessions,
      claimable,
      view,
    }: {
      readonly sessions: ReadonlyMap<number, Session>;
      readonly claimable: number;
      readonly view: View;
    },
  ): Promise<number | null> {
    let group = given;
    const { now } = view;
    const isActive = group.state === "active";
    const workers: ScaledWorker[] = [];
    for (const seat of group.seats) {
      if (seat.ending || group.state === "stopping") continue;
      const session = sessions.get(seat.n);
      const isToldNow =
        session?.state === "idle" &&
        (this.#ongoing.has(seatKey(group.id, seat.n)) || !(await this.#seats.isSettled(session)));
      const holdsClaim = session !== undefined && view.busy.has(session.id);
      workers.push(standingOf(seat, session, { holdsClaim, isToldNow }));
    }
    const bounds = isActive ? group.rules : { ...group.rules, min: 0 };
    const hold = this.#holdOf(group, now);
    const isEnough = workers.filter(({ draining }) => !draining).length >= bounds.max;
    const room = isActive && !isEnough ? await this.#room(group, hold, view) : null;
    const ending = group.seats.length - workers.length;
    const coming = group.seats.filter(({ n }) => isComing(sessions.get(n))).length;
    const facts: ScalingFacts = {
      claimable,
      workers,
      room: tightest([
        room,
        // those of one step are up before the next is taken
        coming === 0 ? null : { more: bounds.step - coming, because: `${coming} are starting` },
        ending === 0
          ? null
          : { more: bounds.max - group.seats.length, because: `${ending} are being ended` },
      ]),
      lastStartAt: group.lastStartAt,
      failedStarts: group.failedStarts,
    };
    const wanted = scale(facts, bounds, now);
    const scaled = rules.applyScaling(group, wanted, { claimable, now });
    if (!isNothing(scaled)) {
      const committed = await this.#parts.store.commit(scaled);
      // somebody came between: the next look tells
      this.wake();
      if (!committed.ok) return now;
      this.#released.delete(group.id);
      group = (await this.#parts.store.workerGroups.get(group.id)) ?? group;
    } else if (isActive) {
      const taking = workers.filter(({ draining }) => !draining).length;
      if (wanted.desired > taking) group = await this.#wait(group, { room, hold, now });
    }
    if (isActive) await this.#tellIdle(group, { workers, sessions, claimable, now });
    const moments = [
      scalingDueAt(facts, bounds, now),
      this.#holdOf(group, now)?.until ?? null,
      ...group.seats.map(({ n }) => this.#ongoing.heldUntil(seatKey(group.id, n), now)),
    ].filter((moment) => moment !== null);
    return moments.length === 0 ? null : Math.min(...moments);
  }

  #holdOf({ id, hold, updatedAt }: WorkerGroup, now: number): WorkerGroup["hold"] {
    if (hold === null || hold.until <= now || isSetBack(updatedAt, now)) return null;
    return this.#released.has(id) ? null : hold;
  }

  async #room(
    { providerId, profile, repoPath, rules: { step }, seats }: WorkerGroup,
    hold: WorkerGroup["hold"],
    { live }: View,
  ): Promise<ScalingFacts["room"]> {
    if (hold) return { more: 0, because: hold.because };
    const { budgets } = this.#parts;
    // with settings that cannot be read the start itself is refused
    const standing = await budgets.look().catch(() => undefined);
    const spent = standing && (await budgets.spentFor(standing, { providerId, profile }));
    if (spent) return { more: 0, because: usedUp(spent) };
    const room = new Room(this.#parts, live);
    for (const { sessionId } of seats) if (sessionId === null) await room.expect({ providerId });
    for (let more = 0; more < step; more++) {
      const place = await room.take({ providerId, repoPath });
      if (place === "none") return { more, because: noRoom };
      if (place === "no_memory") return { more, because: noMemory };
    }
    return null;
  }

  /** More are wanted and none is started: that is told once, with the reason. */
  async #wait(
    group: WorkerGroup,
    {
      room,
      hold,
      now,
    }: {
      readonly room: ScalingFacts["room"];
      readonly hold: WorkerGroup["hold"];
      readonly now: number;
    },
  ): Promise<WorkerGroup> {
    if (hold) return group;
    const { failedStarts } = group;
    const breakEnd = breakHoldsUntil(failedStarts, group.rules, now);
    const because =
      breakEnd !== null
        ? `${failedStarts.inARow} starts failed in a row`
        : room?.more === 0
          ? room.because
          : null;
    if (because === null) return group;
    const held =
      breakEnd !== null
        ? ({ until: breakEnd, on: "time", because } as const)
        : because === noMemory
          ? ({ until: now + memoryAgainMs, on: "time", because } as const)
          : ({ until: now + roomAgainMs, on: "room", because } as const);
    this.#released.delete(group.id);
    return this.change(group.id, (fresh) => rules.holdUp(fresh, held, now));
  }

  /**
   * Whoever ended its turn beside work is told so, as many as the work is worth; whoever was told,
   * and took nothing of what was there all the time, is of no use.
   */
  async #tellIdle(
    group: WorkerGroup,
    {
      workers,
      sessions,
      claimable,
      now,
    }: {
      readonly workers: readonly ScaledWorker[];
      readonly sessions: ReadonlyMap<number, Session>;
      readonly claimable: number;
      readonly now: number;
    },
  ): Promise<void> {
    const taking = workers.filter(({ draining }) => !draining);
    const coming = taking.filter(({ state }) => state === "starting").length;
    const idle = taking.filter(({ state }) => state === "idle");
    const wanted = Math.ceil(claimable / group.rules.tasksPerWorker) - coming;
    for (const { id } of idle.slice(0, Math.max(0, wanted))) {
      const seat = group.seats.find(({ n }) => String(n) === id);
      const session = seat && sessions.get(seat.n);
      if (!seat || !session || seat.draining || seat.ending) continue;
      this.#do(seatKey(group.id, seat.n), now, () => this.#reminder.remind(group, seat, session));
    }
  }

  #do(key: string, now: number, what: () => Promise<unknown>): void {
    if (!this.#ongoing.isBusy(key, now)) this.#ongoing.act(key, what);
  }

  async #start({ id }: WorkerGroup, seat: Seat): Promise<void> {
    const { store, now, log } = this.#parts;
    const group = await store.workerGroups.get(id);
    if (!group) return;
    const started = await this.#seats.start(group, seat);
    if (started.kind === "begun") return;
    const isFailed = started.kind === "final" || started.kind === "retry";
    const failedBecause = isFailed ? started.because : null;
    if (isFailed) log("info", "a worker was not started", { workers: id, because: failedBecause });
    await this.change(id, (fresh) => rules.leaveSeat(fresh, seat, { failedBecause, now: now() }));
    if (started.kind === "no_environment") {
      const until = now() + roomAgainMs;
      const because = `the values of its environment are gone: agentpool workers scale ${group.name} gives it yours`;
      await this.change(id, (fresh) => rules.holdUp(fresh, { until, on: "time", because }, now()));
    } else if (started.kind === "wait") {
      const { untilMs: until, on, because } = started;
      this.#released.delete(id);
      await this.change(id, (fresh) => rules.holdUp(fresh, { until, on, because }, now()));
    }
  }

  async #end(group: WorkerGroup, seat: Seat, session: Session): Promise<void> {
    if (await this.#seats.end(group, session)) return;
    this.#parts.log("warn", "the end of a worker is not proven", { session: session.id });
    this.#ongoing.tryAgain(seatKey(group.id, seat.n));
  }
}

const noRoom = "as many sessions are at work as max_parallel_sessions or max_parallel allow";
const noMemory = "less memory is free than min_free_memory_mb wants";

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

function authorOf({ id }: Pick<WorkerGroup, "id">): string {
  return formatPrincipal({ kind: "system", part: `workers:${id}` });
}
