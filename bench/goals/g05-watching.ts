import type { Figure, Goal } from "../goal.ts";
import { consumption, usage } from "../measure/consumption.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { openTwins } from "../stage/twins.ts";
import { descendants } from "../measure/processes.ts";

/** Frames a second of each busy pane. */
const perSecond = 10;

export const goal: Goal = {
  id: "G5",
  title: "watching 100 sessions, 25 of them spinning 10 times a second",
  limit: "what a bare control client adds to a tmux that nobody watches",
  moonshot: "product adds <= 3 x the bare %output client",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  return [
    await watching(bench, "bench", "agents with hooks"),
    await watching(bench, "bench-screen", "agents that only their screen tells of"),
  ];
}

async function watching(bench: Bench, provider: string, what: string): Promise<Figure> {
  const panes = bench.count(100, 40);
  const busy = panes / 4;
  await using twins = await openTwins(bench, { panes, busy, provider });
  const { tmux, home, bare, agentpool } = twins;
  const rounds = bench.count(6, 3);
  const forMs = bench.count(5_000, 3_000);
  const ours = home.processes();
  const value: number[] = [];
  const limit: number[] = [];
  let parts = "";
  for (let round = 0; round < rounds; round++) {
    bench.say(`${what}, round ${round + 1} of ${rounds}`);
    const alone = await usage([tmux.serverPid], () => bare.writer.write(perSecond, forMs));
    const receiver = await bare.listen();
    const reader = [receiver.pid, ...descendants([receiver.pid]).map(({ pid }) => pid)];
    const watched = await usage([tmux.serverPid, ...reader], () =>
      bare.writer.write(perSecond, forMs),
    );
    await bare.hangUp();
    const used = await consumption(ours, () => agentpool.writer.write(perSecond, forMs));
    limit.push(watched - alone);
    value.push(used.all - alone);
    parts = `nobody watching ${alone.toFixed(1)} %; supervisor ${used.supervisor.toFixed(1)} %, tmux ${used.tmux.toFixed(1)} %, log writers ${used.writers.toFixed(1)} %`;
  }
  const ratio = pairedRatio(value, limit);
  return {
    what: `${what}, ${panes} of them`,
    unit: "% of a core",
    headline: "p50",
    value: summarise(value),
    limit: summarise(limit),
    ratio,
    target: { text: "<= 3 x limit", met: ratio !== null && ratio <= 3 },
    note: `the last round: ${parts}`,
  };
}
