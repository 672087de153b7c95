import type { Figure, Goal } from "../goal.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { addTasks, Claimers, type Claimed } from "../stage/claimers.ts";

export const goal: Goal = {
  id: "G16",
  title: "claims of tasks: what each of 16 processes gets that ask as fast as they can",
  limit: "the same at a bare server that answers each line after one commit",
  moonshot: "the unluckiest gets at least half of the mean",
  needs: ["proc"],
  measure,
};

const processes = 16;

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const pace = { every: 0, for: bench.count(6_000, 1_000) };
  const home = await bench.openHome();
  const tasks = bench.count(30_000, 5_000);
  bench.say(`adding ${tasks} tasks`);
  await addTasks(home, tasks);
  await using product = await Claimers.atSupervisor(bench, home, processes);
  await using bare = await Claimers.atBareServer(bench, 600_000, processes);

  const value = counts(await product.claim(pace));
  const limit = counts(await bare.claim(pace));
  const part = value.min / value.mean;
  const seconds = pace.for / 1_000;
  return [
    {
      what: "claims that each process got",
      unit: "",
      headline: "min",
      value,
      limit,
      ratio: value.min / limit.min,
      target: { text: "min >= 0.5 x mean", met: part >= 0.5 },
      note: `min is ${part.toFixed(2)} of the mean; ${Math.round((value.mean * processes) / seconds)} claims a second together`,
    },
  ];
}

function counts(claimed: readonly Claimed[]) {
  return summarise(claimed.map(({ ids }) => ids.filter((id) => id !== null).length));
}
