import type { Figure, Goal } from "../goal.ts";
import { pause } from "../measure/clock.ts";
import { consumption, usage } from "../measure/consumption.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";

export const goal: Goal = {
  id: "G4",
  title: "processor time of idle sessions",
  limit: "a bare tmux with as many idle panes and one control client",
  moonshot: "<= 0.005 % of a core per idle session (500 idle sessions <= 2.5 %)",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const count = bench.count(500, 50);
  const rounds = bench.count(5, 2);
  const perRoundMs = bench.count(10_000, 5_000);
  const tmux = await bench.openTmux();
  const home = await bench.openHome();
  // the first session starts tmux
  const { id } = await home.spawn("idle");
  await home.ask("session.terminate", { session_id: id });
  await pause(2_000);
  const none = await consumption(home.processes(), () => pause(perRoundMs));

  for (let i = 0; i < count; i++) {
    await tmux.openPane(["/bin/sh", bench.program("still.sh"), "idle"]);
  }
  await home.spawnMany("idle", count);
  await home.settled("idle", count);
  const ours = home.processes();
  const value: number[] = [];
  const limit: number[] = [];
  let parts = "";
  for (let round = 0; round < rounds; round++) {
    bench.say(`round ${round + 1} of ${rounds}`);
    limit.push(await usage([tmux.serverPid, tmux.client.pid], () => pause(perRoundMs)));
    const used = await consumption(ours, () => pause(perRoundMs));
    value.push(used.all - none.all);
    parts = `supervisor ${used.supervisor.toFixed(2)} %, tmux ${used.tmux.toFixed(2)} %, log writers ${used.writers.toFixed(2)} %`;
  }
  const all = summarise(value);
  const bare = summarise(limit);
  const each = summarise(value.map((one) => one / count));
  return [
    {
      what: `per idle session, of ${count}`,
      unit: "% of a core",
      headline: "p50",
      value: each,
      limit: summarise(limit.map((one) => one / count)),
      ratio: bare.p50 > 0 ? all.p50 / bare.p50 : null,
      target: { text: "<= 0.005 % of a core", met: each.p50 <= 0.005 },
      note: `all together ${all.p50.toFixed(2)} %; the last round: ${parts}; with no session ${none.all.toFixed(2)} %, which is taken off`,
    },
  ];
}
