import { nothing, type Decision } from "./decision.ts";
import type { EventBody, NewEvent } from "./event.ts";
import type { ScalingDecision, ScalingRules } from "./scaling-rules.ts";
import { formatTime } from "./time.ts";
import type { HoldUp, Seat, WorkerGroup, WorkerGroupState } from "./worker-group.ts";

/**
 * What may become of a group of workers, one decision each, guarded by the version it was made for.
 * Only what somebody may want to know of later appends an event.
 */

export type GroupWish = Pick<
  WorkerGroup,
  | "name"
  | "providerId"
  | "model"
  | "effort"
  | "profile"
  | "instructions"
  | "capability"
  | "tags"
  | "mode"
  | "repoPath"
  | "runId"
  | "envNames"
  | "rules"
  | "author"
  | "idempotencyKey"
>;

export function startGroup(
  wish: GroupWish,
  { id, now }: { readonly id: string; readonly now: number },
): { readonly group: WorkerGroup; readonly decision: Decision } {
  const group: WorkerGroup = {
    ...wish,
    id,
    version: 1,
    state: "active",
    because: null,
    seats: [],
    lastSeat: 0,
    drains: 0,
    lastStartAt: null,
    failedStarts: { inARow: 0, lastAt: null },
    hold: null,
    decided: null,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
  const { min, max } = wish.rules;
  const body: EventBody = {
    type: "workers_started",
    workers_id: id,
    name: wish.name,
    provider_id: wish.providerId,
    min,
    max,
    by: wish.author,
  };
  return {
    group,
    decision: {
      guards: [],
      writes: [{ noun: "workers", insert: group }],
      events: [{ sessionId: null, runId: wish.runId, at: now, body }],
    },
  };
}

/** Other bounds; a person's word also ends what a breaker or a lack of room holds up. */
export function boundGroup(
  group: WorkerGroup,
  { rules, by, now }: { readonly rules: ScalingRules; readonly by: string; readonly now: number },
): Decision {
  const failedStarts = { inARow: 0, lastAt: null };
  return change(group, { rules, failedStarts, hold: null }, now, {
    type: "workers_bounded",
    workers_id: group.id,
    min: rules.min,
    max: rules.max,
    by,
  });
}

/** Every worker finishes what it has, and is ended; with `stopping` each is ended at once. */
export function endGroup(
  group: WorkerGroup,
  {
    state,
    because,
    by,
    now,
  }: {
    readonly state: "draining" | "stopping";
    readonly because: string;
    readonly by: string;
    readonly now: number;
  },
): Decision {
  if (group.state === state || group.state === "stopped" || group.state === "stopping") {
    return nothing;
  }
  const seats = group.seats.map((seat) => ({ ...seat, draining: true }));
  const update = { state, because, seats, drains: group.drains + 1, hold: null };
  return change(group, update, now, changed(group, state, { because, by }));
}

/** The last one is gone. */
export function stopGroup(group: WorkerGroup, by: string, now: number): Decision {
  const because = group.because ?? "nothing of it is left";
  const update = { state: "stopped", because, endedAt: now } as const;
  return change(group, update, now, changed(group, "stopped", { because, by }));
}

/** Carries out what the scaling rule wants: seats to be taken, drained, kept and ended. */
export function applyScaling(
  group: WorkerGroup,
  wanted: ScalingDecision,
  { claimable, now }: { readonly claimable: number; readonly now: number },
): Decision {
  const { start, drain, keep, stop, desired, because } = wanted;
  if (start + drain.length + keep.length + stop.length === 0) return nothing;
  const isIn = (ids: readonly string[], { n }: Seat): boolean => ids.includes(String(n));
  const present = group.seats.map((seat) => ({
    ...seat,
    draining: isIn(drain, seat) || (seat.draining && !isIn(keep, seat)),
    ending: seat.ending || isIn(stop, seat),
  }));
  const more = Array.from({ length: start }, (_, index) =>
    newSeat(group.lastSeat + 1 + index, now),
  );
  const sessions = (ids: readonly string[]): readonly string[] =>
    group.seats.flatMap((seat) => (isIn(ids, seat) ? [seat.sessionId ?? String(seat.n)] : []));
  return change(
    group,
    {
      seats: [...present, ...more],
      lastSeat: group.lastSeat + start,
      decided: { at: now, because },
      ...(drain.length > 0 ? { drains: group.drains + 1 } : {}),
      ...(start > 0 ? { lastStartAt: now, hold: null } : {}),
    },
    now,
    {
      type: "workers_scaled",
      workers_id: group.id,
      claimable,
      desired,
      present: group.seats.length,
      start,
      drain: sessions(drain),
      keep: sessions(keep),
      stop: sessions(stop),
      because,
    },
  );
}

/** Starts are held up; told of once for each reason. */
export function holdUp(group: WorkerGroup, hold: HoldUp, now: number): Decision {
  const body: EventBody = {
    type: "workers_waiting",
    workers_id: group.id,
    until: formatTime(hold.until),
    because: hold.because,
  };
  return change(group, { hold }, now, ...(hold.because === group.hold?.because ? [] : [body]));
}

/** What is learned of a seat, silently. */
export function updateSeat(
  group: WorkerGroup,
  n: number,
  update: Partial<Pick<Seat, "sessionId" | "ending">>,
  now: number,
): Decision {
  return change(group, { seats: seatsWith(group, n, update) }, now);
}

/** It took a task: whatever kept those before it from working is over. */
export function proveSeat(group: WorkerGroup, n: number, now: number): Decision {
  const failedStarts = { inARow: 0, lastAt: null };
  return change(group, { seats: seatsWith(group, n, { proven: true }), failedStarts }, now);
}

/** It is over, or was never there; with a reason, its start has failed. */
export function leaveSeat(
  group: WorkerGroup,
  seat: Seat,
  { failedBecause, now }: { readonly failedBecause: string | null; readonly now: number },
): Decision {
  const seats = group.seats.filter(({ n }) => n !== seat.n);
  return failedBecause === null
    ? change(group, { seats }, now)
    : fail(group, seat, { because: failedBecause, seats, now });
}

/** It was told that there are tasks, and took none: it counts as one that could not be started. */
export function dismissSeat(
  group: WorkerGroup,
  seat: Seat,
  { because, now }: { readonly because: string; readonly now: number },
): Decision {
  const seats = seatsWith(group, seat.n, { draining: true });
  return fail(group, seat, { because, seats, now });
}

/** It is about to be told that there are tasks. */
export function tellSeat(
  group: WorkerGroup,
  seat: Seat,
  { told, now }: { readonly told: number; readonly now: number },
): Decision {
  return change(group, { seats: seatsWith(group, seat.n, { told }) }, now, {
    type: "worker_told",
    workers_id: group.id,
    session_id: seat.sessionId ?? "",
  });
}

function fail(
  group: WorkerGroup,
  seat: Seat,
  {
    because,
    seats,
    now,
  }: { readonly because: string; readonly seats: readonly Seat[]; readonly now: number },
): Decision {
  const inARow = group.failedStarts.inARow + 1;
  const update = { seats, drains: group.drains + 1, failedStarts: { inARow, lastAt: now } };
  return change(group, update, now, {
    type: "worker_failed",
    workers_id: group.id,
    session_id: seat.sessionId,
    in_a_row: inARow,
    because,
  });
}

function newSeat(n: number, at: number): Seat {
  return { n, sessionId: null, at, draining: false, ending: false, proven: false, told: null };
}

function seatsWith(group: WorkerGroup, n: number, update: Partial<Seat>): readonly Seat[] {
  return group.seats.map((seat) => (seat.n === n ? { ...seat, ...update } : seat));
}

function changed(
  group: WorkerGroup,
  to: WorkerGroupState,
  { because, by }: { readonly because: string; readonly by: string },
): EventBody {
  return {
    type: "workers_state_changed",
    workers_id: group.id,
    from: group.state,
    to,
    because,
    by,
  };
}

function change(
  { id, version, runId }: WorkerGroup,
  update: Partial<WorkerGroup>,
  now: number,
  ...bodies: readonly EventBody[]
): Decision {
  return {
    guards: [{ noun: "workers", id, expect: { version } }],
    writes: [{ noun: "workers", id, update: { ...update, version: version + 1, updatedAt: now } }],
    events: bodies.map((body): NewEvent => {
      const sessionId = "session_id" in body && body.session_id ? body.session_id : null;
      return { sessionId, runId, at: now, body };
    }),
  };
}
