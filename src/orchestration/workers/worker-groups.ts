import { isNothing, nothing, type Decision } from "../../domain/decision.ts";
import type { Event } from "../../domain/event.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { isRunEnd } from "../../domain/run-rules.ts";
import type { Session } from "../../domain/session.ts";
import { claimantOf, type WorkerGroup } from "../../domain/worker-group.ts";
import * as rules from "../../domain/worker-group-rules.ts";
import { Loop } from "../loop.ts";
import { Ongoing } from "../ongoing.ts";
import { commitAfresh, type Ruling } from "../../store/commit-afresh.ts";
import { GroupHolds } from "./group-holds.ts";
import type { GroupRoomParts } from "./group-room.ts";
import { Reminder } from "./reminder.ts";
import { Scaling } from "./scaling.ts";
import { SeatAccounting } from "./seat-accounting.ts";
import { Seats, type SeatParts } from "./seats.ts";

export type WorkerGroupParts = SeatParts & GroupRoomParts;

/** Commits that come together are looked at together. */
const gatherMs = 10;

/** What a look at a group was made with. */
export interface View {
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
  /** By the key of a seat. */
  readonly #ongoing: Ongoing;
  readonly #holds: GroupHolds;
  readonly #accounting: SeatAccounting;
  readonly #scaling: Scaling;
  #open: readonly WorkerGroup[] = [];
  #hasWork = false;
  #unlisten: (() => void) | undefined;

  constructor(parts: WorkerGroupParts) {
    this.#parts = parts;
    const { log, now } = parts;
    this.#loop = new Loop({ log, now, of: "workers", gatherMs, look: () => this.#pass() });
    this.#ongoing = new Ongoing({ log, now, of: "a worker", done: () => this.wake() });
    const change: WorkerGroups["change"] = (id, rule) => this.change(id, rule);
    this.#holds = new GroupHolds(change);
    const seats = new Seats(parts);
    const shared = { ...parts, seats, holds: this.#holds, ongoing: this.#ongoing };
    this.#accounting = new SeatAccounting({ ...shared, change });
    const reminder = new Reminder({ ...shared, change });
    this.#scaling = new Scaling({ ...shared, reminder, wake: () => this.wake() });
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
      if (type === "account_lifted") this.#holds.letGo("account", this.#open);
      if (type === "session_state_changed") this.#holds.letGo("room", this.#open);
      if (/^(task|workers?|run|session|turn|delivery|account)_/.test(type)) matters = true;
    }
    if (matters) this.wake();
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
    const wanted = await this.#withItsRun(given, now);
    const { group, sessions } = await this.#accounting.settle(wanted, view);
    if (group.state !== "active" && group.seats.length === 0) {
      await this.change(group.id, (fresh) =>
        fresh.seats.length > 0 ? nothing : rules.stopGroup(fresh, authorOf(group), now),
      );
      await this.#parts.environments.forget(group.id);
      return { nextAt: null, hasWork: false };
    }
    const isActive = group.state === "active";
    const claimable = isActive ? await store.tasks.countFor(claimantOf(group), now) : 0;
    const nextAt = await this.#scaling.decide(group, { ...view, sessions, claimable });
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
}

function authorOf({ id }: Pick<WorkerGroup, "id">): string {
  return formatPrincipal({ kind: "system", part: `workers:${id}` });
}
