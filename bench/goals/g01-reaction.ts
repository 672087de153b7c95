import type { Figure, Goal } from "../goal.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { openTwins } from "../stage/twins.ts";

/** Writes a second into each pane. */
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
  await using twins = await openTwins(bench, { panes, busy: panes });
  const rounds = bench.count(10, 3);
  const perRoundMs = bench.count(3_000, 2_000);
  const limit: (readonly number[])[] = [];
  const value: (readonly number[])[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1} of ${rounds}`);
    limit.push((await twins.bare.react(perSecond, perRoundMs)).ms);
    value.push((await twins.agentpool.react(perSecond, perRoundMs)).ms);
  }
  const [subject, bare] = [summarise(value.flat()), summarise(limit.flat())];
  const medians = (all: readonly (readonly number[])[]): number[] =>
    all.map((one) => summarise(one).p50);
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
