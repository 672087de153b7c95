import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { NewEvent } from "../../src/domain/event.ts";
import type { Figure, Goal } from "../goal.ts";
import { pause, stampNs, until } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import type { BenchHome } from "../stage/home.ts";
import { RawEvents } from "../stage/raw-events.ts";
import { Relay } from "../stage/relay.ts";
import { Waiter } from "../stage/waiter.ts";

const mostMs = 5;
const mostAfterCutMs = 300;

export const goal: Goal = {
  id: "G18",
  title: "cross-process wake-up: one process writes, another that waits has the event",
  limit: "a process that commits one row itself and pokes the other over a socket",
  moonshot: "p50 <= 3 x limit, p99 <= 5 ms; with the connection lost <= 300 ms",
  needs: ["proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const home = await bench.openHome();
  return [await standing(bench, home), await cut(bench, home), await killed(bench, home)];
}

/** From before the request to the event in the other process: two ways over the socket and a commit. */
async function standing(bench: Bench, home: BenchHome): Promise<Figure> {
  const socketPath = join(bench.newFolder(), "poke.sock");
  await using bare = await Waiter.bare(bench, socketPath);
  await using waiter = await Waiter.atSupervisor(bench, home);
  using raw = new RawEvents(join(bench.newFolder(), "raw.db"));
  const poke = await connected(socketPath);
  const value: number[] = [];
  const limit: number[] = [];
  const samples = bench.count(500, 60);
  // what is loaded and compiled at first use is no steady state
  for (let n = -20; n < samples; n++) {
    const rawAt = stampNs();
    raw.one(rawEvent);
    poke.write("written\n");
    const rawMs = ((await bare.had()) - rawAt) / 1e6;
    await pause(5);
    const at = stampNs();
    await write(home);
    const ms = ((await waiter.had()) - at) / 1e6;
    await pause(5);
    if (n < 0) continue;
    limit.push(rawMs);
    value.push(ms);
  }
  poke.destroy();
  const whole = summarise(value);
  const ratio = pairedRatio(value, limit);
  const met = ratio !== null && ratio <= 3 && whole.p99 <= mostMs;
  return {
    what: "a request that writes, to its event in the other process",
    unit: "ms",
    headline: "p50",
    value: whole,
    limit: summarise(limit),
    ratio,
    target: { text: `p50 <= 3 x limit, p99 <= ${mostMs} ms`, met },
    note: `p99 ${whole.p99.toFixed(2)} ms`,
  };
}

/** The waiting process loses its connection at the moment of writing, and reads from its cursor. */
async function cut(bench: Bench, home: BenchHome): Promise<Figure> {
  await using relay = new Relay(join(bench.newFolder(), "relay.sock"), home.home.supervisorSocket);
  await using waiter = await Waiter.atSupervisor(bench, home, relay.socket);
  const value: number[] = [];
  for (let n = 0; n < bench.count(60, 15); n++) {
    const at = stampNs();
    relay.cut();
    await write(home);
    value.push(((await waiter.had()) - at) / 1e6);
    await pause(20);
  }
  const whole = summarise(value);
  return {
    what: "the same, its connection cut at that moment",
    unit: "ms",
    headline: "max",
    value: whole,
    limit: null,
    ratio: null,
    target: { text: `<= ${mostAfterCutMs} ms`, met: whole.max <= mostAfterCutMs },
  };
}

/** Nothing wakes anybody; the waiting process starts a supervisor, and that one's first event comes. */
async function killed(bench: Bench, home: BenchHome): Promise<Figure> {
  await using waiter = await Waiter.atSupervisor(bench, home);
  const value: number[] = [];
  for (let n = 0; n < bench.count(15, 4); n++) {
    const at = stampNs();
    await home.kill();
    await until("another supervisor", () => home.answers(), { everyMs: 2 });
    await write(home);
    value.push(((await waiter.had()) - at) / 1e6);
    await pause(100);
  }
  return {
    what: "the supervisor killed (kill -9): to the first event of the one the waiting process starts",
    unit: "ms",
    headline: "p50",
    value: summarise(value),
    limit: null,
    ratio: null,
    note: "most of it is the start of a supervisor",
  };
}

function write(home: BenchHome): Promise<unknown> {
  return home.client.call("decision.log", { input: { decision: "Keep the old names" } });
}

const rawEvent: NewEvent = {
  sessionId: null,
  at: 1_700_000_000_000,
  body: { type: "tool_started", name: "shell", detail: "Keep the old names" },
};

function connected(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => resolve(socket));
    socket.once("error", reject);
  });
}
