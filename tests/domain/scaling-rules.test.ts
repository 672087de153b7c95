import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  breakHoldsUntil,
  defaultScaling,
  scale,
  type ScaledWorker,
  type ScalingFacts,
  type ScalingRules,
} from "../../src/domain/scaling-rules.ts";

const t0 = 1_750_000_000_000;
const rules: ScalingRules = { ...defaultScaling, min: 0, max: 4, step: 2 };

function facts(over: Partial<ScalingFacts> = {}): ScalingFacts {
  return {
    claimable: 0,
    workers: [],
    room: null,
    lastStartAt: null,
    failedStarts: { inARow: 0, lastAt: null },
    ...over,
  };
}

function worker(id: string, over: Partial<ScaledWorker> = {}): ScaledWorker {
  return { id, state: "idle", draining: false, since: t0 - 1_000_000, ...over };
}

describe("more work", () => {
  test("brings workers at once, in steps, and says why", () => {
    expect(scale(facts({ claimable: 7 }), rules, t0)).toEqual({
      desired: 3,
      start: 2,
      drain: [],
      keep: [],
      stop: [],
      because: "7 claimable at 3 for each worker and 0 at work make 3; there are 0; 2 at a time",
    });
  });

  test("counts those that are at work and those that are starting", () => {
    const workers = [worker("a", { state: "busy" }), worker("b", { state: "starting" })];
    expect(scale(facts({ claimable: 3, workers }), rules, t0)).toMatchObject({
      desired: 2,
      start: 0,
    });
  });

  test("brings no more than there is room for", () => {
    const room = { more: 1, because: "the account lets one more in" };
    const decision = scale(facts({ claimable: 50, room }), rules, t0);
    expect(decision).toMatchObject({ desired: 4, start: 1 });
    expect(decision.because).toMatch(/at most 4 are allowed.*the account lets one more in$/);
    expect(scale(facts({ claimable: 5, room: { more: -2, because: "" } }), rules, t0).start).toBe(
      0,
    );
  });

  test("takes a draining worker back before it starts another, and waits for the others to go", () => {
    const workers = ["a", "b", "c"].map((id) => worker(id, { state: "busy", draining: true }));
    const decision = scale(facts({ claimable: 3, workers }), rules, t0);
    expect(decision).toMatchObject({ desired: 1, start: 0, keep: ["a"] });
    const full = ["a", "b", "c", "d"].map((id) => worker(id, { draining: true }));
    expect(scale(facts({ claimable: 9, workers: full }), rules, t0)).toMatchObject({
      keep: ["a", "b", "c"],
      stop: ["d"],
      start: 0,
    });
  });
});

describe("less work", () => {
  test("drains those that were idle the longest, and stops nobody at work", () => {
    const workers = [
      worker("busy", { state: "busy" }),
      worker("new", { since: t0 - 1000 }),
      worker("older", { since: t0 - 500_000 }),
      worker("oldest", { since: t0 - 900_000 }),
    ];
    const decision = scale(facts({ workers }), { ...rules, step: 1 }, t0);
    expect(decision).toMatchObject({ desired: 1, drain: ["oldest"], stop: [] });
    const draining = workers.map((one) => ({ ...one, draining: true }));
    expect(scale(facts({ workers: draining }), rules, t0).stop).toEqual(["new", "older", "oldest"]);
  });

  test("leaves the least there is to be, and whoever was idle for a moment only", () => {
    const workers = [worker("a"), worker("b")];
    expect(scale(facts({ workers }), { ...rules, min: 2 }, t0).drain).toEqual([]);
    const fresh = [worker("a", { since: t0 - 1000 })];
    const decision = scale(facts({ workers: fresh }), rules, t0);
    expect(decision.drain).toEqual([]);
    expect(decision.because).toContain("none had nothing to do for 120 s");
    const started = facts({ workers, lastStartAt: t0 - 1000 });
    expect(scale(started, rules, t0)).toMatchObject({ drain: [] });
  });

  test("drains at once what is above a bound that was lowered, working ones last", () => {
    const workers = [
      worker("a", { state: "busy" }),
      worker("b", { since: t0 }),
      worker("c", { state: "busy" }),
    ];
    const decision = scale(facts({ workers, claimable: 9 }), { ...rules, max: 1 }, t0);
    expect(decision).toMatchObject({ desired: 1, drain: ["b", "a"], stop: [] });
  });
});

describe("failed starts", () => {
  const failed = (inARow: number, ago: number) =>
    facts({ claimable: 9, failedStarts: { inARow, lastAt: t0 - ago } });

  test("stop further ones for a time that doubles, then one is tried", () => {
    expect(scale(failed(2, 0), rules, t0).start).toBe(2);
    const stopped = scale(failed(3, 10_000), rules, t0);
    expect(stopped).toMatchObject({ desired: 3, start: 0 });
    expect(stopped.because).toContain("3 starts failed in a row, the next is tried in 50 s");
    expect(scale(failed(3, 60_000), rules, t0).start).toBe(1);
    expect(scale(failed(4, 60_000), rules, t0).start).toBe(0);
    expect(scale(failed(40, 3_600_000), rules, t0).start).toBe(1);
    expect(scale(failed(3, -9_000_000), rules, t0).start).toBe(1);
  });
});

/** Workers that start, take three tasks each, and get the decisions applied. */
class Fleet {
  workers: ScaledWorker[] = [];
  queue = 0;
  now = t0;
  lastStartAt: number | null = null;
  lastDrainAt: number | null = null;
  failedStarts: ScalingFacts["failedStarts"] = { inARow: 0, lastAt: null };
  readonly starts: number[] = [];
  readonly faults: string[] = [];
  #ids = 0;

  tick(rules: ScalingRules, startFails = false): void {
    this.now += 10_000;
    const decision = scale(
      facts({
        claimable: this.queue,
        workers: this.workers,
        lastStartAt: this.lastStartAt,
        failedStarts: this.failedStarts,
      }),
      rules,
      this.now,
    );
    if (decision.because === "") this.faults.push("a decision without a reason");
    const stopped = this.workers.filter(({ id }) => decision.stop.includes(id));
    if (stopped.some(({ state, draining }) => state !== "idle" || !draining)) {
      this.faults.push("one was stopped at work");
    }
    if (decision.drain.length > 0) {
      const since = this.now - (this.lastStartAt ?? 0);
      if (since < rules.coolDownMs) this.faults.push(`drained ${since} ms after a start`);
      this.lastDrainAt = this.now;
    }
    this.workers = this.workers
      .filter(({ id }) => !decision.stop.includes(id))
      .map((one) =>
        decision.drain.includes(one.id)
          ? { ...one, draining: true }
          : decision.keep.includes(one.id)
            ? { ...one, draining: false }
            : one,
      );
    if (decision.start > 0 && startFails) {
      this.failedStarts = { inARow: this.failedStarts.inARow + 1, lastAt: this.now };
      this.starts.push(this.now);
    } else {
      for (let n = 0; n < decision.start; n++) {
        this.workers.push({
          id: `w${++this.#ids}`,
          state: "starting",
          draining: false,
          since: this.now,
        });
        this.lastStartAt = this.now;
        this.starts.push(this.now);
      }
      if (decision.start > 0) this.failedStarts = { inARow: 0, lastAt: null };
    }
    this.#work();
  }

  #work(): void {
    this.workers = this.workers.map((one) => {
      const takes = one.state !== "busy" && !one.draining && this.queue > 0;
      if (takes) this.queue = Math.max(0, this.queue - 3);
      const state = takes ? "busy" : "idle";
      return state === one.state ? one : { ...one, state, since: this.now };
    });
  }
}

test("never more than allowed, never fewer than wanted are left, whatever the work does", () => {
  const arrivals = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(100)), {
    minLength: 30,
    maxLength: 120,
  });
  fc.assert(
    fc.property(
      arrivals,
      fc.record({
        min: fc.nat(2),
        max: fc.integer({ min: 2, max: 8 }),
        step: fc.integer({ min: 1, max: 4 }),
      }),
      fc.infiniteStream(fc.boolean()),
      (work, bounds, fails) => {
        const rules = { ...defaultScaling, ...bounds };
        const fleet = new Fleet();
        for (const [index, more] of work.entries()) {
          fleet.queue += more;
          const before = fleet.workers.filter(({ draining }) => !draining).length;
          fleet.tick(rules, index % 7 === 0 && fails.next().value);
          const after = fleet.workers.filter(({ draining }) => !draining).length;
          expect(fleet.workers.length).toBeLessThanOrEqual(rules.max);
          expect(after).toBeGreaterThanOrEqual(Math.min(before, rules.min));
        }
        for (let quiet = 0; quiet < 30; fleet.queue === 0 ? quiet++ : 0) fleet.tick(rules);
        expect(fleet.workers.length).toBe(rules.min);
        expect(fleet.faults).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

test("a clock that was set back keeps no idle worker for as long as it was set", () => {
  const day = 86_400_000;
  const idle = [worker("a", { since: t0 })];
  const given = facts({ workers: idle, lastStartAt: t0 - 1_000_000 });
  expect(scale(given, rules, t0 + 1_000).drain).toEqual([]);
  expect(scale(given, rules, t0 - 10).drain).toEqual([]);
  expect(scale(given, rules, t0 - day).drain).toEqual(["a"]);
});

test("a clock that was set back keeps no start back for as long as it was set, with room or without", () => {
  const failedStarts = { inARow: rules.breakAfter, lastAt: t0 };
  const end = t0 + rules.breakMs;
  expect(breakHoldsUntil(failedStarts, rules, t0)).toBe(end);
  expect(breakHoldsUntil(failedStarts, rules, end)).toBeNull();
  expect(breakHoldsUntil(failedStarts, rules, t0 - 86_400_000)).toBeNull();
});

test("a queue that fills and empties ten times within the cool-down moves no worker", () => {
  const fleet = new Fleet();
  for (let cycle = 0; cycle < 10; cycle++) {
    fleet.queue = 100;
    for (let n = 0; n < 4; n++) fleet.tick(rules);
    fleet.queue = 0;
    for (let n = 0; n < 6; n++) fleet.tick(rules);
  }
  expect(fleet.starts).toHaveLength(4);
  expect(fleet.faults).toEqual([]);
  expect(fleet.lastDrainAt).toBeNull();
});

test("starts that always fail are tried more and more rarely", () => {
  const fleet = new Fleet();
  for (let n = 0; n < 360; n++) {
    fleet.queue = 9;
    fleet.tick(rules, true);
  }
  expect(fleet.starts.length).toBeLessThan(10);
  expect(fleet.workers).toEqual([]);
});
