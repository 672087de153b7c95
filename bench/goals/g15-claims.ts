import type { Figure, Goal } from "../goal.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { addTasks, Claimers, type Claimed } from "../stage/claimers.ts";

export const goal: Goal = {
  id: "G15",
  title: "claims of tasks: one process, and 16 at 1,600 a second",
  limit: "a bare server on such a socket that answers each line after one commit",
  moonshot: "p50 <= 2 x limit; 16 processes at 1,600/s: p99 <= 3 ms, no task given twice",
  needs: ["proc"],
  measure,
};

const processes = 16;
const perSecond = 1_600;

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const alone = { every: 0, for: bench.count(3_000, 500) };
  const crowd = { every: (processes * 1_000) / perSecond, for: bench.count(6_000, 1_000) };
  const home = await bench.openHome();
  const tasks = bench.count(20_000, 3_000);
  bench.say(`adding ${tasks} tasks`);
  await addTasks(home, tasks);
  await using product = await Claimers.atSupervisor(bench, home, processes);
  await using bare = await Claimers.atBareServer(bench, 400_000, processes);

  const one = { product: await product.claim(alone, 1), bare: await bare.claim(alone, 1) };
  const many = { product: await product.claim(crowd), bare: await bare.claim(crowd) };
  const first = summary(one);
  const whole = summary(many);
  const given = [...one.product, ...many.product].flatMap(({ ids }) => ids);
  const twice = given.length - new Set(given).size;
  return [
    {
      what: "one process: a claim, there and back",
      unit: "ms",
      headline: "p50",
      ...first,
      ratio: first.value.p50 / first.limit.p50,
      target: { text: "p50 <= 2 x limit", met: first.value.p50 <= 2 * first.limit.p50 },
      note: `${Math.round(1_000 / first.value.mean)} claims a second; the limit ${Math.round(1_000 / first.limit.mean)}`,
    },
    {
      what: `${processes} processes, ${perSecond} claims a second together`,
      unit: "ms",
      headline: "p99",
      ...whole,
      ratio: whole.value.p99 / whole.limit.p99,
      target: { text: "p99 <= 3 ms", met: whole.value.p99 <= 3 },
      note: `${Math.round(whole.value.samples / (crowd.for / 1_000))} claims a second came through`,
    },
    {
      what: "tasks given twice, or not at all while there were some",
      unit: "",
      headline: "max",
      value: summarise([twice + given.filter((id) => id === null).length]),
      limit: null,
      ratio: null,
      target: { text: "none", met: twice === 0 && !given.includes(null) },
    },
  ];
}

function summary(claimed: {
  readonly product: readonly Claimed[];
  readonly bare: readonly Claimed[];
}) {
  return {
    value: summarise(claimed.product.flatMap(({ ms }) => ms)),
    limit: summarise(claimed.bare.flatMap(({ ms }) => ms)),
  };
}
