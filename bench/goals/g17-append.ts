import { monitorEventLoopDelay } from "node:perf_hooks";
import { join } from "node:path";
import type { NewEvent } from "../../src/domain/event.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import type { Figure, Goal } from "../goal.ts";
import { sinceMs, stampNs } from "../measure/clock.ts";
import { delaySummary, pairedRatio, summarise, type Summary } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { RawEvents } from "../stage/raw-events.ts";

const batch = 100;
const mostMs = 5;
const resolutionMs = 1;

export const goal: Goal = {
  id: "G17",
  title: "events appended to the store: one at a time, and a hundred in one commit",
  limit: "prepared INSERTs of the same bytes by better-sqlite3 alone, with the same settings",
  moonshot: ">= 50 % of raw, >= 25 % in batches; the event loop never stands still over 5 ms",
  needs: [],
  measure,
};

/** What appends events: the store, or SQLite alone. */
interface Appender {
  one(event: NewEvent): unknown;
  many(events: readonly NewEvent[]): unknown;
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const file = join(bench.newFolder(), "events.db");
  const store = await openStore({ file, mode: "write", now: Date.now() });
  using raw = new RawEvents(join(bench.newFolder(), "raw.db"));
  const ours = appenderOf(store);
  try {
    const rounds = bench.count(40, 10);
    // the first round is for what is compiled and cached at first use
    const single = await inTurns(rounds + 1, ours, raw, (to) => appendSingly(to, 500));
    const batched = await inTurns(rounds + 1, ours, raw, (to) => appendBatches(to, 20));
    const forMs = bench.count(10_000, 2_000);
    const delay = await delayWhile(() => appendAsTheyCome(ours, forMs));
    const rawDelay = await delayWhile(() => appendAsTheyCome(raw, forMs));
    return [
      costRow("one event, one commit", single, 2),
      costRow(`one of ${batch} events in one commit`, batched, 4),
      {
        what: "the event loop while single events and batches are appended in turns",
        unit: "ms",
        headline: "p99",
        value: delay,
        limit: rawDelay,
        ratio: rawDelay.p99 > 0 ? delay.p99 / rawDelay.p99 : null,
        target: { text: `p99 <= ${mostMs} ms`, met: delay.p99 <= mostMs },
        note: `the longest ${delay.max.toFixed(1)} ms; of the limit ${rawDelay.max.toFixed(1)} ms`,
      },
    ];
  } finally {
    await store.close();
  }
}

function appenderOf(store: Store): Appender {
  const many = (events: readonly NewEvent[]) => store.commit({ guards: [], writes: [], events });
  return { one: (event) => many([event]), many };
}

interface Turns {
  /** Milliseconds an event, by round. */
  readonly ours: readonly number[];
  readonly raw: readonly number[];
}

async function inTurns(
  rounds: number,
  ours: Appender,
  raw: Appender,
  append: (to: Appender) => Promise<number>,
): Promise<Turns> {
  const taken = { ours: [] as number[], raw: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    for (const isOurs of [first, !first]) {
      const ms = await append(isOurs ? ours : raw);
      if (round > 0) (isOurs ? taken.ours : taken.raw).push(ms);
    }
    // what the store does beside, it does between the rounds of either
    await new Promise((resolve) => setImmediate(resolve));
  }
  return taken;
}

async function appendSingly(to: Appender, count: number): Promise<number> {
  const events = Array.from({ length: count }, (_, n) => eventOf(n));
  const startedAt = stampNs();
  for (const event of events) await to.one(event);
  return sinceMs(startedAt) / count;
}

async function appendBatches(to: Appender, count: number): Promise<number> {
  const batches = Array.from({ length: count }, (_, n) => batchOf(n * batch));
  const startedAt = stampNs();
  for (const events of batches) await to.many(events);
  return sinceMs(startedAt) / (count * batch);
}

/** As agents bring them: the event loop turns between any two. */
async function appendAsTheyCome(to: Appender, forMs: number): Promise<void> {
  for (let n = 0, at = stampNs(); sinceMs(at) < forMs; n++) {
    if (n % 50 === 49) await to.many(batchOf(n));
    else await to.one(eventOf(n));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function delayWhile(work: () => Promise<void>): Promise<Summary> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  await work();
  delay.disable();
  return delaySummary(delay, resolutionMs);
}

/** About 200 bytes with its columns. */
function eventOf(n: number): NewEvent {
  const detail = `npm test -- --run tests/part-${n % 1_000}/of-the-work.test.ts `.padEnd(100, "x");
  return {
    sessionId: "ap_0123456789ab",
    at: 1_700_000_000_000 + n,
    body: { type: "tool_started", name: "shell", detail },
  };
}

function batchOf(first: number): NewEvent[] {
  return Array.from({ length: batch }, (_, n) => eventOf(first + n));
}

function costRow(what: string, { ours, raw }: Turns, most: number): Figure {
  const value = summarise(ours);
  const limit = summarise(raw);
  const ratio = pairedRatio(ours, raw);
  const perSecond = (ms: number): number => Math.round(1_000 / ms);
  return {
    what,
    unit: "ms",
    headline: "p50",
    value,
    limit,
    ratio,
    target: { text: `<= ${most} x limit`, met: ratio !== null && ratio <= most },
    note: `${perSecond(value.p50)} events a second; the limit ${perSecond(limit.p50)}`,
  };
}
