import type { Figure, Goal } from "../goal.ts";
import { consumption, usage } from "../measure/consumption.ts";
import { descendants } from "../measure/processes.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { openTwins, type Reactions } from "../stage/twins.ts";

/** Frames a second of each pane. */
const perSecond = 10;

export const goal: Goal = {
  id: "G6",
  title: "sessions per core: all of them spinning 10 times a second",
  limit: "a bare tmux with a bare control client, the same panes and rate",
  moonshot: "500 spinning sessions under 1 core, p99 event < 25 ms",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const ramp = bench.quick ? [50] : [100, 250, 500];
  for (const sessions of ramp) figures.push(...(await spinning(bench, sessions, ramp.at(-1) ?? 0)));
  return figures;
}

async function spinning(bench: Bench, panes: number, most: number): Promise<readonly Figure[]> {
  bench.say(`${panes} sessions`);
  const twins = await openTwins(bench, { panes, busy: panes });
  const { tmux, home, bare, agentpool } = twins;
  const rounds = bench.count(4, 2);
  const forMs = bench.count(5_000, 3_000);
  const limit: { cpu: number[]; ms: number[] } = { cpu: [], ms: [] };
  const value: { cpu: number[]; ms: number[] } = { cpu: [], ms: [] };
  const receiver = await bare.listen();
  const reader = [receiver.pid, ...descendants([receiver.pid]).map(({ pid }) => pid)];
  await agentpool.listen();
  const ours = home.processes();
  let parts = "";
  for (let round = 0; round < rounds; round++) {
    bench.say(`${panes} sessions, round ${round + 1} of ${rounds}`);
    const of = async (twin: typeof bare, into: number[]): Promise<Reactions | undefined> => {
      const heard = await twin.react(perSecond, forMs);
      into.push(...heard.ms);
      return heard;
    };
    limit.cpu.push(await usage([tmux.serverPid, ...reader], () => of(bare, limit.ms)));
    const used = await consumption(ours, () => of(agentpool, value.ms));
    value.cpu.push(used.all);
    parts = `supervisor ${used.supervisor.toFixed(0)} %, tmux ${used.tmux.toFixed(0)} %, log writers ${used.writers.toFixed(0)} %`;
  }
  await twins[Symbol.asyncDispose]();
  await bench.sweep();
  const cpu = { value: summarise(value.cpu), limit: summarise(limit.cpu) };
  const ms = { value: summarise(value.ms), limit: summarise(limit.ms) };
  const isAim = panes === most;
  return [
    {
      what: `${panes} sessions: processor time`,
      unit: "% of a core",
      headline: "p50",
      ...cpu,
      ratio: cpu.value.p50 / cpu.limit.p50,
      ...(isAim ? { target: { text: "under 100 %", met: cpu.value.p50 < 100 } } : {}),
      note: `the last round: ${parts}`,
    },
    {
      what: `${panes} sessions: a write to the subscriber's event`,
      unit: "ms",
      headline: "p99",
      ...ms,
      ratio: ms.value.p99 / ms.limit.p99,
      ...(isAim ? { target: { text: "p99 < 25 ms", met: ms.value.p99 < 25 } } : {}),
    },
  ];
}
