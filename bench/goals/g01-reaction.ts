import type { Figure, Goal } from "../goal.ts";
import { pause } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { Receiver } from "../stage/receiver.ts";
import { reactions, Writer } from "../stage/writer.ts";

/** Frames a second of each pane. */
const perSecond = 1;

export const goal: Goal = {
  id: "G1",
  title: "reaction: a pane writes, a subscriber has the event",
  limit: "a bare control client as a process of its own, the same panes and rate",
  moonshot: "p50 <= 5 x limit (<= 1.5 ms), p99 <= 10 ms at 100 panes",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const panes = bench.count(100, 30);
  await using pair = await openPair(bench, panes);
  const rounds = bench.count(10, 3);
  const perRoundMs = bench.count(3_000, 2_000);
  const limit: number[][] = [];
  const value: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1} of ${rounds}`);
    limit.push(await pair.bare(perSecond, perRoundMs));
    value.push(await pair.agentpool(perSecond, perRoundMs));
  }
  const [subject, bare] = [summarise(value.flat()), summarise(limit.flat())];
  const medians = (all: readonly number[][]): number[] => all.map((one) => summarise(one).p50);
  const ratio = pairedRatio(medians(value), medians(limit));
  const common = { unit: "ms", value: subject, limit: bare } as const;
  return [
    {
      ...common,
      what: `${panes} panes, ${perSecond} a second each`,
      headline: "p50",
      ratio,
      target: {
        text: "p50 <= 5 x limit, <= 1.5 ms",
        met: ratio !== null && ratio <= 5 && subject.p50 <= 1.5,
      },
    },
    {
      ...common,
      what: "the same, the slow ones",
      headline: "p99",
      ratio: subject.p99 / bare.p99,
      target: { text: "p99 <= 10 ms", met: subject.p99 <= 10 },
    },
  ];
}

interface Pair extends AsyncDisposable {
  /** Writes into all panes and gives how long each write took to be heard of, in ms. */
  bare(perSecond: number, forMs: number): Promise<number[]>;
  agentpool(perSecond: number, forMs: number): Promise<number[]>;
}

/** The same panes twice: in a bare tmux with a bare client, and as sessions with a subscriber. */
async function openPair(bench: Bench, panes: number): Promise<Pair> {
  const tmux = await bench.openTmux();
  const home = await bench.openHome();
  const still = ["/bin/sh", bench.program("still.sh"), "working"];
  const bareTargets = [];
  for (let i = 0; i < panes; i++) {
    const pane = await tmux.openPane(still);
    bareTargets.push({ key: pane.id, tty: pane.tty });
  }
  await home.spawnMany("working", panes);
  await home.settled("running", panes);
  const targets = home.panes().map(({ sessionId, tty }) => ({ key: sessionId, tty }));
  tmux.client.close();
  const receivers = [await Receiver.bare(bench, tmux), await Receiver.agentpool(bench, home)] as const;
  const writers = [new Writer(bareTargets), new Writer(targets)] as const;
  const run = async (which: 0 | 1, perSecond: number, forMs: number): Promise<number[]> => {
    await receivers[which].take();
    const writes = await writers[which].write(perSecond, forMs);
    await pause(200);
    return [...reactions(writes, await receivers[which].take()).ms];
  };
  return {
    bare: (perSecond, forMs) => run(0, perSecond, forMs),
    agentpool: (perSecond, forMs) => run(1, perSecond, forMs),
    [Symbol.asyncDispose]: async () => {
      for (const writer of writers) writer[Symbol.dispose]();
      for (const receiver of receivers) await receiver[Symbol.asyncDispose]();
    },
  };
}
